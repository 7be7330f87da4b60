/** Lines over tokens or samples: from columns to marks, series, the axis they need, and a table. */
import type { Column } from "../../state/columns.js";
import type { Trace } from "../../state/trace.js";
import { valueAxis, type Axis } from "../data/scale.js";
import type { Stretch } from "../data/pyramid.js";
import { extremes, span, stretches, type Range } from "../data/thin.js";
import { sampleAt, samplesIn, tokenAt, tokensIn, xOfSample, xOfToken, type XView } from "../data/x-view.js";
import type { DataTable, Look, Mark, Series } from "./mark.js";
import { linePath, rugPath } from "./paths.js";

export interface Line {
  id: string;
  label: string;
  colour: string;
  look: Look;
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
  trace: Trace;
  all: Stretch[];
  least: number;
  most: number;
}

function rangeOf({ of }: Line, trace: Trace, view: XView): Range {
  return of === "tokens" ? tokensIn(trace, view) : samplesIn(trace, view);
}

export function drawn(line: Line, trace: Trace, view: XView): Drawn {
  const value = line.value ?? same;
  const count = line.of === "tokens" ? trace.count : trace.sampleCount;
  const all = stretches(line.column, count, rangeOf(line, trace, view));
  const { least, most } = span(line.column, all);
  const [a, b] = [value(least), value(most)];
  return { line, trace, all, least: Math.min(a, b), most: Math.max(a, b) };
}

/** The axis for lines that are drawn; what belongs to the rug has none. */
export function axisOf(lines: readonly Drawn[], steps: number): Axis {
  const values = lines.filter(({ line, least }) => line.look !== "rug" && !Number.isNaN(least));
  const least = Math.min(...values.map((drawing) => drawing.least));
  const most = Math.max(...values.map((drawing) => drawing.most));
  return valueAxis(least, most, steps);
}

export function markOf({ line, trace, all }: Drawn, { mode }: XView): Mark {
  const { column, of, look, colour } = line;
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

export function seriesOf(line: Line, trace: Trace, { mode }: XView): Series {
  const { id, label, look, colour } = line;
  const value = line.value ?? same;
  const at = line.of === "tokens" ? tokenAt : sampleAt;
  const read = (x: number | null) => {
    const index = at(trace, mode, x);
    const held = index === null ? NaN : value(line.column.at(index));
    return Number.isNaN(held) ? "–" : line.text(held);
  };
  return { id, label, look, colour, read };
}

/** Every token or sample in view, each with its values. The lines are all of one kind. */
export function tableOf(lines: readonly Line[], trace: Trace, view: XView): DataTable {
  const [first] = lines;
  if (first === undefined) return { columns: [], rows: [] };
  const times = first.of === "tokens" ? trace.tokens.atMs : trace.samples.atMs;
  const { from, to } = rangeOf(first, trace, view);
  const rows = Array.from({ length: to - from }, (_, i) => {
    const index = from + i;
    const values = lines.map(({ column, value = same }) => known(value(column.at(index))));
    return [index, known(times.at(index)), ...values];
  });
  return { columns: [first.of === "tokens" ? "token" : "sample", "ms", ...lines.map(({ label }) => label)], rows };
}

/** Seven digits: more than any of it was measured to. */
const known = (value: number) => (Number.isNaN(value) ? null : Number(value.toPrecision(7)));
