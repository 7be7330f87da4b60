/** The x axis of a plot of a width. */
import { niceTicks, type Axis } from "../data/scale.js";
import type { XView } from "../data/x-view.js";

const PIXELS_A_TICK = 90;

export function xAxisOf({ mode, from, to }: XView, width: number): Axis {
  const ticks = niceTicks(from, to, Math.max(2, Math.floor(width / PIXELS_A_TICK)));
  return { from, to, ticks: mode === "tokens" ? ticks.filter(Number.isInteger) : ticks };
}
