/** A data folder with many runs, made by hand: as many copies of one as are wanted, a minute apart. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunSummary } from "../../electron/runs/config.js";
import type { RunRecord } from "../../electron/store/index.js";

const FIRST = Date.UTC(2026, 0, 1);

export const manyRunId = (index: number) => {
  const stamp = new Date(FIRST + index * 60_000).toISOString();
  return `${stamp.slice(0, 10).replaceAll("-", "")}-${stamp.slice(11, 19).replaceAll(":", "")}-${hex(index)}`;
};

const hex = (index: number) => index.toString(16).padStart(6, "0");

/** Run `index` decodes at index + 1 tok/s; every fourth one is llama.cpp's, and every tenth failed. */
export async function makeManyRuns(home: string, runs: number, template: RunTemplate): Promise<void> {
  for (let from = 0; from < runs; from += 200) {
    const some = Array.from({ length: Math.min(200, runs - from) }, (_, i) => from + i);
    await Promise.all(some.map((index) => makeRun(home, index, template)));
  }
}

export interface RunTemplate {
  record: RunRecord;
  summary: RunSummary;
  events: string;
}

async function makeRun(home: string, index: number, template: RunTemplate): Promise<void> {
  const run_id = manyRunId(index);
  const started_at = new Date(FIRST + index * 60_000).toISOString();
  const dir = join(home, "runs", run_id);
  const facts = { run_id, started_at, engine: index % 4 === 3 ? "llama.cpp" : "phonon" };
  const figures = { run_dir: dir, decode_tps: index + 1, status: index % 10 === 9 ? "failed" : "done" };
  await mkdir(dir, { recursive: true });
  await Promise.all([
    writeFile(join(dir, "run.json"), JSON.stringify({ ...template.record, ...facts })),
    writeFile(join(dir, "summary.json"), JSON.stringify({ ...template.summary, ...facts, ...figures })),
    writeFile(join(dir, "events.jsonl"), template.events.replaceAll(template.record.run_id, run_id)),
  ]);
}
