/** The numbers behind lines: every token or sample in view, each with its moment and its values. */
import type { Trace } from "../../state/trace.js";
import { rowsOf, type XView } from "../data/x-view.js";
import { rangeOf, type Line } from "./lines.js";
import type { DataTable } from "./mark.js";

/** The lines are all over tokens, or all over samples. Of several runs, each has a column of moments of its own. */
export function tableOf(lines: readonly Line[], view: XView): DataTable {
  const of = lines[0]?.of ?? "tokens";
  const ranges = lines.map((line) => rangeOf(line, view));
  const from = Math.min(...ranges.map((range) => range.from));
  const to = Math.max(from, ...ranges.map((range) => range.to));
  const columns = columnsOf(lines);
  const numbers = numbersOf(lines);
  const rows = Array.from({ length: to - from }, (_, i) => [
    numbers?.(from + i) ?? from + i,
    ...columns.map(({ at }) => at(from + i)),
  ]);
  const first = numbers === null ? "row" : of === "tokens" ? "token" : "sample";
  return { columns: [first, ...columns.map(({ name }) => name)], rows };
}

/** Which token or sample is in which row; null: several runs have thinned their older ones, each in its way. */
function numbersOf(lines: readonly Line[]): ((row: number) => number) | null {
  const isExact = lines.every(({ trace, of }) => rowsOf(trace, of).thinned === 0);
  const [first] = lines;
  if (isExact || first === undefined) return (row) => row;
  return isOneRun(lines) ? (row) => first.trace[first.of].number.at(row) : null;
}

const isOneRun = (lines: readonly Line[]) => lines.every(({ trace }) => trace === lines[0]?.trace);

interface TableColumn {
  name: string;
  at: (index: number) => number | null;
}

function columnsOf(lines: readonly Line[]): TableColumn[] {
  const isOne = isOneRun(lines);
  let before: Trace | null = null;
  return lines.flatMap(({ trace, of, label, column, value = same }) => {
    const [{ atMs: times }, { count }] = [trace[of], rowsOf(trace, of)];
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
