/** An axis of layers. */
import { count } from "../../state/format.js";
import { niceTicks, type Axis } from "./scale.js";

const TICKS = 4;

/** From layer 0 at the bottom; the tick is in the middle of its layer. */
export function layerAxis(layers: number): Axis {
  const ticks = niceTicks(0, Math.max(layers - 1, 0), Math.min(TICKS, Math.max(layers - 1, 1)));
  return { from: 0, to: Math.max(layers, 1), ticks: ticks.filter(Number.isInteger).map((tick) => tick + 0.5) };
}

export const layerText = (place: number): string => count(Math.floor(place));
