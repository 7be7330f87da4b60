/** Lines over tokens or samples: from columns to marks, series, the axis they need, and a table. */
import type { Column } from "../../state/columns.js";
import type { Trace } from "../../state/trace.js";
import type { Stretch } from "../data/pyramid.js";
import { extremes, span, stretches, type Range } from "../data/thin.js";
import {
  rowsOf,
  sampleAt,
  samplesIn,
  together,
  tokenAt,
  tokensIn,
  xOfSample,
  xOfToken,
  type XView,
} from "../data/x-view.js";
import type { Look, Mark, Series } from "./mark.js";
import { linePath, rugPath } from "./paths.js";

export interface Line {
  id: string;
  label: string;
  colour: string;
  look: Look;
  trace: Trace;
  of: "tokens" | "samples";
  column: Column;
  /** From what the column holds to what is drawn, rising or falling all over; left out: the same. */
  value?: (held: number) => number;
  greatestOnly?: boolean; // where values share a place
  /** A value that is drawn, with its unit. */
  text: (value: number) => string;
}

const same = (held: number) => held;
const RUG = 6; // pixels

/** The part of a line that is in view. */
export interface Drawn {
  line: Line;
  all: Stretch[];
  least: number;
  most: number;
}

export function rangeOf({ of, trace }: Line, view: XView): Range {
  return of === "tokens" ? tokensIn(trace, view) : samplesIn(trace, view);
}

export function drawn(line: Line, view: XView): Drawn {
  const value = line.value ?? same;
  const all = stretches(line.column, rowsOf(line.trace, line.of), rangeOf(line, view));
  const { least, most } = span(line.column, all);
  const [a, b] = [value(least), value(most)];
  return { line, all, least: Math.min(a, b), most: Math.max(a, b) };
}

/** From the least to the greatest of lines that share an axis; what belongs to the rug is on none. */
export function spanOf(lines: readonly Drawn[]): { least: number; most: number } {
  const values = lines.filter(({ line, least }) => line.look !== "rug" && !Number.isNaN(least));
  return {
    least: Math.min(...values.map((drawing) => drawing.least)),
    most: Math.max(...values.map((drawing) => drawing.most)),
  };
}

export function markOf({ line, all }: Drawn, { mode }: XView): Mark {
  const { trace, column, of, look, colour } = line;
  const value = line.value ?? same;
  const indices = line.greatestOnly ? all.map(({ most }) => most) : extremes(all);
  const x = (i: number) => {
    const index = indices[i] ?? -1;
    if (index < 0) return NaN;
    return of === "tokens" ? xOfToken(trace, mode, index) : xOfSample(trace, mode, index);
  };
  const y = (i: number) => value(column.at(indices[i] ?? -1));
  const path: Mark["path"] = (scale) => {
    if (look !== "rug")
      return linePath(
        indices.length,
        (i) => scale.x(x(i)),
        (i) => scale.y(y(i)),
      );
    const places = indices.flatMap((_, i) => (y(i) > 0 && !Number.isNaN(x(i)) ? [scale.x(x(i))] : []));
    return rugPath(places, scale.height, RUG);
  };
  return { series: line.id, look, colour, path };
}

export function seriesOf(line: Line, { mode }: XView): Series {
  const { trace, id, label, look, colour, column, text } = line;
  const value = line.value ?? same;
  const at = line.of === "tokens" ? tokenAt : sampleAt;
  const read = (x: number | null) => {
    const rows = together(at(trace, mode, x) ?? -1, rowsOf(trace, line.of));
    const held = rows.map((row) => value(column.at(row))).filter((known) => !Number.isNaN(known));
    const [least, most] = [Math.min(...held), Math.max(...held)];
    if (held.length === 0) return "–";
    return least === most || line.greatestOnly ? text(most) : `${text(least)} to ${text(most)}`;
  };
  return { id, label, look, colour, read };
}
