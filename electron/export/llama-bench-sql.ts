/** `llama-bench -o sql`: a table and a row per test. As there, the samples are left out. */
import type { KeptRun, LlamaBenchEntry } from "../store/index.js";
import { entriesOf } from "./llama-bench.js";

const FIELDS = {
  build_commit: "TEXT",
  build_number: "INTEGER",
  cpu_info: "TEXT",
  gpu_info: "TEXT",
  backends: "TEXT",
  model_filename: "TEXT",
  model_type: "TEXT",
  model_size: "INTEGER",
  model_n_params: "INTEGER",
  n_batch: "INTEGER",
  n_ubatch: "INTEGER",
  n_threads: "INTEGER",
  cpu_mask: "TEXT",
  type_k: "TEXT",
  type_v: "TEXT",
  n_gpu_layers: "INTEGER",
  n_prompt: "INTEGER",
  n_gen: "INTEGER",
  n_depth: "INTEGER",
  test_time: "TEXT",
  avg_ns: "INTEGER",
  stddev_ns: "INTEGER",
  avg_ts: "REAL",
  stddev_ts: "REAL",
} as const;

const NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

export function* llamaBenchSqlOf(run: KeptRun): Generator<string> {
  const entries = entriesOf(run);
  const columns = NAMES.map((name) => `  ${name} ${FIELDS[name]}`).join(",\n");
  yield `CREATE TABLE IF NOT EXISTS llama_bench (\n${columns}\n);\n\n`;
  for (const entry of entries) yield `INSERT INTO llama_bench (${NAMES.join(", ")}) VALUES (${valuesOf(entry)});\n`;
}

const valuesOf = (entry: LlamaBenchEntry): string => NAMES.map((name) => literal(entry[name])).join(", ");

/** What is neither a number nor text (a field that this version of llama-bench did not print) is NULL. */
function literal(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return "NULL";
  return `'${value.replaceAll("'", "''").replaceAll("\0", "\u{fffd}")}'`; // a NUL would end the statement
}
