/** A data folder with many runs, made by hand: as many copies of one as are wanted, a minute apart. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunSummary } from "../../electron/runs/config.js";
import type { RunRecord } from "../../electron/store/index.js";
import { ended, started, token } from "../unit/renderer/events.js";
import { makeRun as makeTemplate } from "../unit/store/make-run.js";

const FIRST = Date.UTC(2026, 0, 1);

export const manyRunId = (index: number) => {
  const stamp = new Date(FIRST + index * 60_000).toISOString();
  return `${stamp.slice(0, 10).replaceAll("-", "")}-${stamp.slice(11, 19).replaceAll(":", "")}-${hex(index)}`;
};

const hex = (index: number) => index.toString(16).padStart(6, "0");

export const PHONE = "adb:R3CN90";
export const OTHER_MODEL = "/models/other.gguf";

/**
 * The newest is the one that the others are copies of. Run `index` decodes at index + 1 tok/s; every fourth one is
 * llama.cpp's, every fifth went on on PHONE, every sixth is of OTHER_MODEL, and every tenth failed.
 */
export async function makeManyRuns(home: string, runs: number): Promise<void> {
  const template = await templateOf();
  for (let from = 0; from < runs - 1; from += 200) {
    const some = Array.from({ length: Math.min(200, runs - 1 - from) }, (_, i) => from + i);
    await Promise.all(some.map((index) => makeRun(home, index, template)));
  }
}

interface RunTemplate {
  record: RunRecord;
  summary: RunSummary;
  events: string;
}

async function templateOf(): Promise<RunTemplate> {
  const events = [started(1), token(2, 0, "Once", 5, 5), token(3, 1, " more", 15, 10), ended(4, 2)];
  const bundle = await makeTemplate(events);
  const read = (file: string) => readFile(join(bundle.dir, file), "utf8");
  return {
    record: JSON.parse(await read("run.json")) as RunRecord,
    summary: JSON.parse(await read("summary.json")) as RunSummary,
    events: await read("events.jsonl"),
  };
}

async function makeRun(home: string, index: number, template: RunTemplate): Promise<void> {
  const run_id = manyRunId(index);
  const started_at = new Date(FIRST + index * 60_000).toISOString();
  const dir = join(home, "runs", run_id);
  const target = index % 5 === 4 ? PHONE : "local";
  const facts = { run_id, started_at, target, engine: index % 4 === 3 ? "llama.cpp" : "phonon" };
  const model = { ...template.record.model, ...(index % 6 === 5 && { path: OTHER_MODEL }) };
  const names = { model: model.path, ...(model.path === OTHER_MODEL && { model_name: null }) };
  const figures = { run_dir: dir, decode_tps: index + 1, status: index % 10 === 9 ? "failed" : "done" };
  await mkdir(dir, { recursive: true });
  await Promise.all([
    writeFile(join(dir, "run.json"), JSON.stringify({ ...template.record, ...facts, model })),
    writeFile(join(dir, "summary.json"), JSON.stringify({ ...template.summary, ...facts, ...figures, ...names })),
    writeFile(join(dir, "events.jsonl"), template.events.replaceAll(template.record.run_id, run_id)),
  ]);
}
