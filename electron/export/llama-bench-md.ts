/** `llama-bench -o md`: a table for people, a row per test. */
import type { KeptRun, LlamaBenchEntry } from "../store/index.js";
import { entriesOf } from "./llama-bench.js";

interface Column {
  head: string;
  width: number; // of the cells, as llama-bench pads them
  left?: boolean;
  cell: (entry: LlamaBenchEntry) => string;
}

const COLUMNS: readonly Column[] = [
  { head: "model", width: 30, left: true, cell: (e) => escaped(e.model_type) },
  { head: "size", width: 10, cell: (e) => sizeOf(e.model_size) },
  { head: "params", width: 10, cell: (e) => paramsOf(e.model_n_params) },
  { head: "backend", width: 10, left: true, cell: (e) => escaped(e.backends) },
  { head: "threads", width: 7, cell: (e) => String(e.n_threads) },
  { head: "test", width: 15, cell: testOf },
  { head: "t/s", width: 20, cell: (e) => `${e.avg_ts.toFixed(2)} ± ${e.stddev_ts.toFixed(2)}` },
];

export function* llamaBenchMdOf(run: KeptRun): Generator<string> {
  const entries = entriesOf(run);
  yield line(COLUMNS.map((column) => padded(column, column.head)));
  yield line(COLUMNS.map(({ width, left }) => (left ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  for (const entry of entries) yield line(COLUMNS.map((column) => padded(column, column.cell(entry))));
  const { build_commit = "", build_number = 0 } = entries[0] ?? {};
  yield `\nbuild: ${escaped(build_commit)} (${build_number})\n`;
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
const padded = ({ width, left }: Column, cell: string): string => (left ? cell.padEnd(width) : cell.padStart(width));

/** "pp512", "tg128", "pp512+tg128", behind a prompt "tg128 @ d512". */
function testOf({ n_prompt, n_gen, n_depth }: LlamaBenchEntry): string {
  const parts = [n_prompt > 0 ? `pp${n_prompt}` : "", n_gen > 0 ? `tg${n_gen}` : ""].filter(Boolean);
  const depth = typeof n_depth === "number" && n_depth > 0 ? ` @ d${n_depth}` : "";
  return `${parts.join("+")}${depth}`;
}

const sizeOf = (bytes: number): string =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(2)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;

const paramsOf = (count: number): string =>
  count < 1e9 ? `${(count / 1e6).toFixed(2)} M` : `${(count / 1e9).toFixed(2)} B`;

/** A name from outside as text in a table's cell: no markup of Markdown's or HTML's. */
const escaped = (name: string): string =>
  name
    .replace(/[\p{Cc}\u2028\u2029]/gu, " ")
    .replace(/[\\|<&`[*]/g, (sign) => (sign === "&" ? "&amp;" : sign === "<" ? "&lt;" : `\\${sign}`));
