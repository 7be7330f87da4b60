/** The formats a run can be exported to. Constants only, so that a UI can have them too. */
export const EXPORT_FORMATS = [
  "jsonl",
  "csv",
  "parquet",
  "llama-bench-json",
  "llama-bench-jsonl",
  "llama-bench-md",
  "llama-bench-sql",
] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** How a file of the format is named, and what it is in a few words. */
export const FORMAT_FACTS: Record<ExportFormat, { extension: string; description: string }> = {
  jsonl: { extension: "jsonl", description: "JSON lines: the record and every event" },
  csv: { extension: "csv", description: "CSV: a row per token" },
  parquet: { extension: "parquet", description: "Parquet: a row per token" },
  "llama-bench-json": { extension: "llama-bench.json", description: "JSON as llama-bench prints it" },
  "llama-bench-jsonl": { extension: "llama-bench.jsonl", description: "JSON lines as llama-bench prints them" },
  "llama-bench-md": { extension: "llama-bench.md", description: "Markdown table as llama-bench prints it" },
  "llama-bench-sql": { extension: "llama-bench.sql", description: "SQL as llama-bench prints it" },
};
