/** Reading bundles. Whatever a folder holds, it is listed: a damaged one with what is wrong with it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { AgentEvent } from "../agent/messages.js";
import { hasCode, messageOf, PhononError } from "../base/errors.js";
import { RECORD_FILE, SUMMARY_FILE } from "./bundle.js";
import { readEvents } from "./events-file.js";
import { runsFolder } from "./folder.js";
import { RECORD_VERSION, runRecordSchema, type RunRecord } from "./record.js";
import { isRunId, isRunIdPrefix } from "./run-id.js";
import { runSummarySchema, type RunStatus, type RunSummary } from "./run-summary.js";
import { Summariser } from "./summary.js";

export interface KeptRun {
  readonly dir: string;
  readonly record: RunRecord;
  readonly summary: RunSummary;
  /** In order of seq. Throws "run_damaged" at a line that is not an event. */
  events(): AsyncIterable<AgentEvent>;
}

/** One line of the history; `problem` says what is wrong where status is "damaged". */
export interface RunListing {
  runId: string;
  runDir: string;
  startedAt: string; // ISO 8601
  engine: string;
  target: string;
  model: string;
  status: RunStatus | "damaged";
  decodeTps: number | null;
  prefillTps: number | null;
  problem: string | null;
}

/** Undefined: there is no such run. Throws "run_damaged" or "later_version" where it cannot be read. */
export async function readRun(runId: string): Promise<KeptRun | undefined> {
  if (!isRunId(runId)) return undefined;
  const dir = join(runsFolder(), runId);
  const record = await readRecord(dir);
  if (!record) return undefined;
  const summary = (await readSummary(dir)) ?? (await rebuildSummary(dir, record));
  return { dir, record, summary, events: () => readEvents(dir, () => undefined) };
}

/** The one run whose name begins with `prefix`; "latest" is the newest one. */
export async function findRun(prefix: string): Promise<KeptRun> {
  const ids = (await runIds()).filter((id) => prefix === "latest" || (isRunIdPrefix(prefix) && id.startsWith(prefix)));
  const [newest] = ids;
  if (newest === undefined) {
    throw new PhononError("no_such_run", `there is no run "${prefix}" in ${runsFolder()}; "phonon runs" lists them`);
  }
  if (ids.length > 1 && prefix !== "latest") {
    const some = ids.slice(0, 3).join(", ");
    throw new PhononError(
      "ambiguous_run",
      `"${prefix}" is the beginning of ${ids.length} runs (${some}, ...); give more of it`,
    );
  }
  const run = await readRun(newest);
  if (!run) throw new PhononError("run_damaged", `${join(runsFolder(), newest)}: it has no ${RECORD_FILE}`);
  return run;
}

/** Newest first. */
export async function listRuns(limit = Infinity): Promise<RunListing[]> {
  const listings: RunListing[] = [];
  for (const runId of (await runIds()).slice(0, limit)) listings.push(await listing(runId));
  return listings;
}

async function runIds(): Promise<string[]> {
  try {
    const entries = await readdir(runsFolder(), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isRunId(entry.name))
      .map((entry) => entry.name)
      .sort()
      .reverse();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

async function listing(runId: string): Promise<RunListing> {
  const runDir = join(runsFolder(), runId);
  try {
    const run = await readRun(runId);
    if (!run) throw new PhononError("run_damaged", `it has no ${RECORD_FILE}`);
    const { summary } = run;
    return {
      runId,
      runDir,
      startedAt: summary.started_at,
      engine: summary.engine,
      target: summary.target,
      model: summary.model,
      status: summary.status,
      decodeTps: summary.decode_tps,
      prefillTps: summary.prefill_tps,
      problem: null,
    };
  } catch (error) {
    const unknown = { engine: "?", target: "?", model: "?", decodeTps: null, prefillTps: null };
    return { runId, runDir, startedAt: timeOf(runId), ...unknown, status: "damaged", problem: messageOf(error) };
  }
}

/** When a run began, from its name. */
function timeOf(runId: string): string {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)-(..)(..)(..)/.exec(runId) ?? [];
  return `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`;
}

async function readRecord(dir: string): Promise<RunRecord | undefined> {
  const path = join(dir, RECORD_FILE);
  const json = await readJson(path);
  if (json === undefined) return undefined;
  const version = z.object({ version: z.number() }).safeParse(json).data?.version;
  if (version !== undefined && version > RECORD_VERSION) {
    throw new PhononError(
      "later_version",
      `${path}: written by a later Phonon (format ${version}); update this one to read it`,
    );
  }
  const record = runRecordSchema.safeParse(json);
  if (!record.success) {
    const issue = record.error.issues[0];
    throw new PhononError("run_damaged", `${path}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a run"}`);
  }
  return record.data;
}

/** Undefined where it is missing or not to be trusted: it is derived, so it is made again. */
async function readSummary(dir: string): Promise<RunSummary | undefined> {
  const json = await readJson(join(dir, SUMMARY_FILE)).catch(() => undefined);
  const summary = runSummarySchema.safeParse(json).data;
  return summary && { ...summary, run_dir: dir }; // the folder may have been moved
}

export async function rebuildSummary(dir: string, record: RunRecord): Promise<RunSummary> {
  const summariser = new Summariser();
  for await (const event of readEvents(dir, (message) => summariser.warn(message))) summariser.add(event);
  return summariser.summary(record, dir);
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PhononError("run_damaged", `${path}: ${messageOf(error)}`, { cause: error });
  }
}
