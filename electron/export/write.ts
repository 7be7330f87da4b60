/** A run in one of the formats, as text or as a file. */
import { makeAtomic, writeAtomic } from "../base/atomic.js";
import type { KeptRun } from "../store/index.js";
import { csvOf } from "./csv.js";
import type { ExportFormat } from "./formats.js";
import { jsonlOf } from "./jsonl.js";
import { llamaBenchJsonlOf, llamaBenchJsonOf } from "./llama-bench-json.js";
import { llamaBenchMdOf } from "./llama-bench-md.js";
import { llamaBenchSqlOf } from "./llama-bench-sql.js";
import { writeParquet } from "./parquet.js";

type Text = (run: KeptRun) => Iterable<string> | AsyncIterable<string>; // in chunks

const TEXTS: Record<Exclude<ExportFormat, "parquet">, Text> = {
  jsonl: jsonlOf,
  csv: csvOf,
  "llama-bench-json": llamaBenchJsonOf,
  "llama-bench-jsonl": llamaBenchJsonlOf,
  "llama-bench-md": llamaBenchMdOf,
  "llama-bench-sql": llamaBenchSqlOf,
};

/** Undefined: the format is not a text. */
export const exportText = (run: KeptRun, format: ExportFormat): ReturnType<Text> | undefined =>
  format === "parquet" ? undefined : TEXTS[format](run);

/** The file is complete or not there. Without `force` one that is there stays: error "file_exists". */
export function exportRun(run: KeptRun, format: ExportFormat, path: string, { force = false } = {}): Promise<void> {
  const options = { replace: force };
  const text = exportText(run, format);
  return text ? writeAtomic(path, text, options) : makeAtomic(path, (fresh) => writeParquet(run, fresh), options);
}
