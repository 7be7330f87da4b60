/**
 * The one contract between the control side and the UI. Both shells (Electron's window, the browser on loopback) serve
 * exactly these channels; the types of the preload and of the browser client are derived from this file. Whatever
 * comes from a UI is foreign: it goes through `requests` before a handler sees it.
 */
import { z } from "zod";
import type { AgentEvent } from "../agent/messages.js";
import type { ModelEntry } from "../models/index.js";
import { runRequestSchema, type RunRequest, type RunSummary } from "../runs/config.js";
import { EXPORT_FORMATS, type ExportFormat } from "../export/formats.js";
import { runQuerySchema, type RunListing, type RunPage, type RunQuery, type SortKey } from "../store/query.js";
import type { Check, EngineName, Progress, TargetInfo } from "../targets/target.js";

export type { AgentEvent, Check, EngineName, ModelEntry, Progress, RunListing, RunRequest, RunSummary, TargetInfo };

export type { ExportFormat, RunPage, RunQuery, SortKey };

const runId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const targetId = z.string().min(1).max(256);
const filePath = z.string().min(1).max(4096);

/** channel -> schema of its request */
export const requests = {
  "targets.list": z.null(),
  "targets.preflight": z.strictObject({ target: targetId }),
  "models.list": z.null(),
  "models.inspect": z.strictObject({ path: filePath }),
  "run.start": runRequestSchema,
  "run.cancel": z.strictObject({ runId }),
  /** The run's events from `fromSeq` on are then delivered as "run.events": first what was, then what comes. */
  "run.attach": z.strictObject({ runId, fromSeq: z.int().min(1) }),
  "run.detach": z.strictObject({ runId }),
  "runs.list": z.null(),
  "runs.query": runQuerySchema,
  /** All or, with an error, none; one that is being written is refused ("run_in_use"). */
  "runs.delete": z.strictObject({ runIds: z.array(runId).min(1).max(1000) }),
  "runs.export": z.strictObject({ runId, format: z.enum(EXPORT_FORMATS) }),
} as const;

export interface TargetListing {
  targets: TargetInfo[];
  /** Why no phone can be listed, and what to do; null: adb answers. */
  phonesProblem: Failure | null;
}

/** What a run was asked to do, as far as a UI shows it. */
export interface RunFacts {
  engine: string;
  target: string;
  model: string;
  prompt: string; // as text; of a prompt of bare token ids, what it was
  tokens: number | null; // asked for
}

/** Why a call or a run failed: the code is for programs, the message says what, where and what to do. */
export interface Failure {
  code: string;
  message: string;
}

/** channel -> response */
export interface Responses {
  "targets.list": TargetListing;
  "targets.preflight": Check[];
  "models.list": ModelEntry[];
  "models.inspect": ModelEntry;
  "run.start": { runId: string };
  "run.cancel": null;
  "run.attach": { live: boolean; facts: RunFacts };
  "run.detach": null;
  "runs.list": RunListing[];
  "runs.query": RunPage;
  "runs.delete": null;
  "runs.export": { path: string; bytes: number }; // a new file in the data folder's "exports"
}

/** event -> payload, from the control side. "run." events go to the UIs attached to that run, the others to every UI. */
export interface Events {
  "targets.changed": TargetListing;
  "runs.changed": null; // a run began, ended, or was deleted
  "run.progress": { runId: string } & Progress; // before the first event: hashing, pushing, loading
  "run.events": { runId: string; events: AgentEvent[] }; // in order of seq, each once
  "run.finished": { runId: string; summary: RunSummary | null; failure: Failure | null }; // after the last event
}

export type Channel = keyof typeof requests & keyof Responses;
export type EventName = keyof Events;
export type Request<C extends Channel> = z.input<(typeof requests)[C]>;
export type Accepted<C extends Channel> = z.output<(typeof requests)[C]>;
export type Response<C extends Channel> = Responses[C];

/** What a call comes to. An envelope, because Electron's IPC would strip a thrown error of its code. */
export type Reply = { ok: true; response: Response<Channel> } | { ok: false; failure: Failure };

/** What a shell hands to the UI: the contract as two functions. */
export interface Bridge {
  call(channel: string, request: unknown): Promise<Reply>;
  /** Calls `listener` for every event from now on; returns what ends that. */
  subscribe(listener: (name: EventName, payload: unknown) => void): () => void;
}
