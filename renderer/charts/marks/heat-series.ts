/** What a heat map of layers says of a token. */
import type { LayerValues, Trace } from "../../state/trace.js";
import { tokenAt, type XView } from "../data/x-view.js";

export const HEAT = { look: "fill", colour: "var(--heat-high)" } as const;

/** Of the token at a place of the axis, or of the latest one. */
export function layersAt(trace: Trace, counts: LayerValues, { mode }: XView, x: number | null): ArrayLike<number> {
  const row = tokenAt(trace, mode, x) ?? 0;
  return counts.values.slice(row * counts.rows, (row + 1) * counts.rows);
}

export const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
