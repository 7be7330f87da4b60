/** Bundles made without any target. */
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent, StreamReport } from "../../../electron/agent/messages.js";
import type { RunSummary } from "../../../electron/store/run-summary.js";
import { eventsOf } from "../runs/events.js";
import {
  Bundle,
  queryRuns,
  readRun,
  type NewRun,
  type RunListing,
  type RunRecord,
} from "../../../electron/store/index.js";

export const newRun: NewRun = {
  kind: "run",
  engine: "phonon",
  target: "local",
  config: { prompt: "Once", tokens: 4, batch: 64 },
  comparison: null,
  versions: { program: "0.1.0", node: "20", agent: null, agent_build: null, engine_build: null, protocol: null },
  model: { path: "/models/story.gguf", target_path: null, file_bytes: 12_928_576, sha256: null },
  agent: null,
  warnings: [],
};

/** A finished run of these events. */
export async function makeRun(
  events: readonly AgentEvent[],
  { prediction, ...change }: Partial<NewRun> & Pick<RunRecord, "prediction"> = {},
): Promise<Bundle> {
  const bundle = await Bundle.create({ ...newRun, ...change });
  if (prediction !== undefined) await bundle.note({ prediction });
  for (const event of events) await bundle.append(event);
  await bundle.finish();
  return bundle;
}

const streamReport: StreamReport = {
  ...{ resident_bytes: 1_000_000, cache_bytes: 4_096_000, cache_neurons: 1000, neurons: 2000 },
  ...{
    eviction: "heat",
    window_tokens: 0,
    sparsity: 0,
    flash: "io_uring",
    direct: true,
    note: "",
    ...{ hot_neurons: 200, hot_slots: 200, reads: "whole" },
    predictor_energy: 0.996,
    predictor_bytes: 400_000,
    predictors: [],
    queue_depth: 64,
    io_core: -1,
  },
};
const streamStep = {
  ...{
    candidates: 350,
    active: 300,
    hits: 320,
    hot_hits: 150,
    misses: 30,
    reads: 30,
    read_bytes: 122_880,
    queue_depth: 8,
  },
  ...{ predict_ms: 0.2, cache_ms: 0.1, compute_ms: 1, stall_ms: 0.5 },
};

/** Of a run from a pack, every token of which took the same: 3 tokens in 12 ms. */
export async function streamedSummary(step: Partial<typeof streamStep> = {}): Promise<RunSummary> {
  const events = eventsOf({ tokenMs: [4, 4, 4] }).map((event): AgentEvent => {
    if (event.kind === "started") return { ...event, report: { ...event.report, stream: streamReport } };
    return event.kind === "token" ? { ...event, stream: { ...streamStep, ...step } } : event;
  });
  const { runId } = await makeRun(events);
  const run = await readRun(runId);
  if (!run) throw new Error(`there is no run ${runId}`);
  return run.summary;
}

/** The newest runs of the history. */
export const listedRuns = async (): Promise<RunListing[]> => (await queryRuns({ limit: 500 })).rows;

/** As if the program that wrote the bundle had been killed at this point. */
export async function orphan(bundle: Bundle): Promise<void> {
  await bundle.finish(); // closes its file
  await rm(join(bundle.dir, "summary.json"));
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await setWriter(bundle, { pid });
}

/** As if another program had written the bundle. */
export async function setWriter(bundle: Bundle, writer: Partial<RunRecord["writer"]>): Promise<void> {
  const file = join(bundle.dir, "run.json");
  const record = JSON.parse(await readFile(file, "utf8")) as RunRecord;
  await writeFile(file, JSON.stringify({ ...record, writer: { ...record.writer, ...writer } }));
}
