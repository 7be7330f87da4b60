/** Why a chart is empty. */
import type { Column } from "../../state/columns.js";
import type { Rows } from "../../state/thinning.js";
import type { Trace } from "../../state/trace.js";
import { span, stretches } from "../data/thin.js";

/** Whether one of the columns knows a value. */
export function hasAny(columns: readonly Column[], rows: Rows): boolean {
  return columns.some(
    (column) => !Number.isNaN(span(column, stretches(column, rows, { from: 0, to: rows.count })).least),
  );
}

/** Null: there is something to draw. `why` is a sentence for when there were samples and none of them told. */
export function missing({ sampleCount }: Trace, known: boolean, why: string): string | null {
  if (known) return null;
  return sampleCount === 0 ? "Drawn here as samples come, five a second." : why.charAt(0).toUpperCase() + why.slice(1);
}
