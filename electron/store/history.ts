/** Reading bundles. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { AgentEvent } from "../agent/messages.js";
import { hasCode, messageOf, PhononError } from "../base/errors.js";
import { readEvents } from "./events-file.js";
import { RECORD_FILE, runsFolder, SUMMARY_FILE } from "./folder.js";
import { RECORD_VERSION, runRecordSchema, type RunRecord } from "./record.js";
import { isRunId, isRunIdPrefix } from "./run-id.js";
import { runIds } from "./run-ids.js";
import { runSummarySchema, type RunSummary } from "./run-summary.js";
import { Summariser } from "./summary.js";

export interface KeptRun {
  readonly dir: string;
  readonly record: RunRecord;
  readonly summary: RunSummary;
  /** In order of seq. Throws "run_damaged" at a line that is not an event. */
  events(): AsyncIterable<AgentEvent>;
}

/** Undefined: there is no such run. Throws "run_damaged" or "later_version" where it cannot be read. */
export async function readRun(runId: string): Promise<KeptRun | undefined> {
  if (!isRunId(runId)) return undefined;
  const dir = join(runsFolder(), runId);
  const record = await readRecord(dir);
  if (!record) {
    if (existsSync(dir)) throw new PhononError("run_damaged", `${dir}: it has no ${RECORD_FILE}`);
    return undefined;
  }
  const summary = (await readSummary(dir)) ?? (await rebuildSummary(dir, record));
  return { dir, record, summary, events: () => readEvents(dir, () => undefined) };
}

/** The name of the one run, damaged or not, whose name begins with `prefix`; "latest" is the newest one's. */
export async function findRunId(prefix: string): Promise<string> {
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
  return newest;
}

/** As `findRunId`, to be read. */
export async function findRun(prefix: string): Promise<KeptRun> {
  const runId = await findRunId(prefix);
  const run = await readRun(runId);
  if (!run) throw new PhononError("no_such_run", `${runId} has just been deleted`);
  return run;
}

/** Undefined: there is no record. */
export async function readRecord(dir: string): Promise<RunRecord | undefined> {
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
export async function readSummary(dir: string): Promise<RunSummary | undefined> {
  const json = await readJson(join(dir, SUMMARY_FILE)).catch(() => undefined);
  const summary = runSummarySchema.safeParse(json).data;
  if (summary?.status === "running") return undefined; // its program has not been told how it ended
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
