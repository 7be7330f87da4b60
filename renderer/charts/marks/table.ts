/** The numbers behind lines: every token or sample in view, each with its moment and its values. */
import type { Trace } from "../../state/trace.js";
import type { XView } from "../data/x-view.js";
import { rangeOf, type Line } from "./lines.js";
import type { DataTable } from "./mark.js";

/** The lines are all over tokens, or all over samples. Of several runs, each has a column of moments of its own. */
export function tableOf(lines: readonly Line[], view: XView): DataTable {
  const of = lines[0]?.of ?? "tokens";
  const ranges = lines.map((line) => rangeOf(line, view));
  const from = Math.min(...ranges.map((range) => range.from));
  const to = Math.max(from, ...ranges.map((range) => range.to));
  const columns = columnsOf(lines);
  const rows = Array.from({ length: to - from }, (_, i) => [from + i, ...columns.map(({ at }) => at(from + i))]);
  return { columns: [of === "tokens" ? "token" : "sample", ...columns.map(({ name }) => name)], rows };
}

interface TableColumn {
  name: string;
  at: (index: number) => number | null;
}

function columnsOf(lines: readonly Line[]): TableColumn[] {
  const isOne = lines.every(({ trace }) => trace === lines[0]?.trace);
  let before: Trace | null = null;
  return lines.flatMap(({ trace, of, label, column, value = same }) => {
    const [times, count] = of === "tokens" ? [trace.tokens.atMs, trace.count] : [trace.samples.atMs, trace.sampleCount];
    const values = { name: label, at: (index: number) => (index < count ? known(value(column.at(index))) : null) };
    if (trace === before) return [values];
    before = trace;
    const moments = {
      name: isOne ? "ms" : `${label}, ms`,
      at: (index: number) => (index < count ? known(times.at(index)) : null),
    };
    return [moments, values];
  });
}

const same = (held: number) => held;

/** Seven digits: more than any of it was measured to. */
export const known = (value: number) => (Number.isNaN(value) ? null : Number(value.toPrecision(7)));
