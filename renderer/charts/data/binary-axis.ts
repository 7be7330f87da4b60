/** An axis of bytes: its ticks are round in the binary unit that they are shown in. */
import { valueAxis, type Axis } from "./scale.js";

const STEPS = 3;

export function binaryAxis(_least: number, most: number): Axis {
  const bytes = Math.max(1, Number.isFinite(most) ? most : 1);
  const unit = 1024 ** Math.floor(Math.log2(bytes) / 10);
  const { to, ticks } = valueAxis(0, bytes / unit, STEPS);
  return { from: 0, to: to * unit, ticks: ticks.map((tick) => tick * unit) };
}
