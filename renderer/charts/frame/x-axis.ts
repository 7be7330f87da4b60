/** The x axis of a plot of a width. */
import { apart } from "../data/places.js";
import { niceTicks, type Axis } from "../data/scale.js";
import type { XView } from "../data/x-view.js";
import type { Place } from "../reading.js";

const PIXELS_A_TICK = 90;
const PIXELS_A_PLACE = 68;

/** `places`: where there are only these. */
export function xAxisOf({ mode, from, to }: XView, width: number, places?: readonly Place[]): Axis {
  if (places) {
    const inView = places.filter(({ x }) => x >= from && x <= to);
    return { from, to, ticks: apart(inView, (PIXELS_A_PLACE / width) * (to - from)).map(({ x }) => x) };
  }
  const ticks = niceTicks(from, to, Math.max(2, Math.floor(width / PIXELS_A_TICK)));
  return { from, to, ticks: mode === "tokens" ? ticks.filter(Number.isInteger) : ticks };
}
