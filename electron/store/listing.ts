/** A bundle as a line of the history. Whatever a folder holds, it is listed: a damaged one with what is wrong with it. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { messageOf, PhononError } from "../base/errors.js";
import { EVENTS_FILE, RECORD_FILE, runsFolder, SUMMARY_FILE } from "./folder.js";
import { readRecord, readSummary, rebuildSummary } from "./history.js";
import type { StoredListing } from "./query.js";
import type { RunRecord } from "./record.js";
import { runIdTime } from "./run-id.js";
import { isAlive } from "./writer.js";

const MAX_NAME = 4096; // characters; a bundle made by hand may hold longer ones

export interface ListedBundle {
  /** Of the files as they were before they were read, so that a later change is noticed. */
  signature: string;
  listing: StoredListing;
  /** Whether it stays as it is unless its files change; false: somebody may still be writing it. */
  settled: boolean;
}

/** Changes whenever one of the bundle's files does. */
export function signatureOf(runId: string): string {
  return [RECORD_FILE, EVENTS_FILE, SUMMARY_FILE].map((file) => stampOf(join(runsFolder(), runId, file))).join(" ");
}

function stampOf(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? `${stat.ino}.${stat.size}.${stat.mtimeMs}` : "-";
  } catch {
    return "?"; // not to be reached; reading it says why
  }
}

/** Never rejects. The events of a run that goes on are not read: they may be many, and come while it is listed. */
export async function listBundle(runId: string): Promise<ListedBundle> {
  const signature = signatureOf(runId);
  const dir = join(runsFolder(), runId);
  let record: RunRecord | undefined;
  try {
    record = await readRecord(dir);
    if (!record) throw new PhononError("run_damaged", `it has no ${RECORD_FILE}`);
    const summary = await readSummary(dir);
    if (!summary && isAlive(record.writer, dir)) {
      return { signature, listing: { ...factsOf(runId, record), status: "running" }, settled: false };
    }
    const { status, threads, ...figures } = summary ?? (await rebuildSummary(dir, record));
    const listing: StoredListing = {
      ...factsOf(runId, record),
      status,
      threads,
      modelName: figures.model_name === null ? null : bounded(figures.model_name),
      promptTokens: figures.prompt_tokens,
      outputTokens: figures.output_tokens,
      ttftMs: figures.ttft_ms,
      prefillTps: figures.prefill_tps,
      decodeTps: figures.decode_tps,
      peakBytes: figures.memory.peak_bytes,
    };
    return { signature, listing, settled: status !== "running" };
  } catch (error) {
    const facts = record ? factsOf(runId, record) : nothingOf(runId);
    const listing: StoredListing = { ...facts, status: "damaged", problem: bounded(messageOf(error)) };
    // A folder without a record may be one that was made just now; a system's error may pass.
    return { signature, listing, settled: error instanceof PhononError && !signature.startsWith("-") };
  }
}

function nothingOf(runId: string): Omit<StoredListing, "status"> {
  const none = { modelName: null, comparison: null, threads: null, promptTokens: null, outputTokens: null };
  const figures = { ttftMs: null, prefillTps: null, decodeTps: null, peakBytes: null };
  const names = { engine: "?", target: "?", model: "?" };
  return {
    runId,
    startedAt: new Date(runIdTime(runId) ?? 0).toISOString(),
    ...names,
    ...none,
    ...figures,
    problem: null,
  };
}

function factsOf(runId: string, record: RunRecord): Omit<StoredListing, "status"> {
  const nothing = nothingOf(runId);
  return {
    ...nothing,
    startedAt: Number.isNaN(Date.parse(record.started_at)) ? nothing.startedAt : bounded(record.started_at),
    engine: bounded(record.engine),
    target: bounded(record.target),
    model: bounded(record.model.path),
    comparison: record.comparison ? bounded(record.comparison.id) : null,
  };
}

const bounded = (text: string): string => text.slice(0, MAX_NAME);
