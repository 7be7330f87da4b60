/** Run bundles in formats that other programs read. One file per format. */
import { writeAtomic } from "../base/atomic.js";
import type { KeptRun } from "../store/index.js";
import { csvOf } from "./csv.js";
import { jsonlOf } from "./jsonl.js";
import { llamaBenchJsonOf } from "./llama-bench.js";

/** Chunks of the file's text. */
export type Exporter = (run: KeptRun) => AsyncIterable<string>;

export const exporters = {
  jsonl: jsonlOf,
  csv: csvOf,
  "llama-bench-json": llamaBenchJsonOf,
} as const satisfies Record<string, Exporter>;

export type ExportFormat = keyof typeof exporters;
export const EXPORT_FORMATS = Object.keys(exporters) as ExportFormat[];

/** The file is complete or not there. Without `force` one that is there stays: error "file_exists". */
export const exportRun = (run: KeptRun, format: ExportFormat, path: string, { force = false } = {}): Promise<void> =>
  writeAtomic(path, exporters[format](run), { replace: force });
