/** An axis of bytes: its ticks are round in the binary unit that they are shown in. */
import type { Drawn } from "./lines.js";
import { valueAxis, type Axis } from "../data/scale.js";

const STEPS = 3;

export function binaryAxis(drawings: readonly Drawn[]): Axis {
  const most = Math.max(0, ...drawings.map((drawing) => (Number.isNaN(drawing.most) ? 0 : drawing.most)));
  const unit = 1024 ** Math.floor(Math.log2(Math.max(most, 1)) / 10);
  const { to, ticks } = valueAxis(0, most / unit, STEPS);
  return { from: 0, to: to * unit, ticks: ticks.map((tick) => tick * unit) };
}
