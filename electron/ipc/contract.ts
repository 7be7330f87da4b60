/**
 * The one contract between the control side and the UI. Both shells (Electron's window, the browser on loopback) serve
 * exactly these channels; the preload's and the browser client's types are derived from this file.
 */
import type { AgentEvent } from "../agent/messages.js";
import type { RunRequest, RunSummary } from "../runs/config.js";
import type { Check, TargetInfo } from "../targets/target.js";

export interface ModelEntry {
  path: string;
  name: string;
  builtIn: boolean;
  fileBytes: number;
  architecture: string;
  quantisation: string;
  parameters: number;
  contextLength: number;
}

export interface RunEntry {
  runId: string;
  startedAt: string; // ISO 8601
  engine: string;
  target: string;
  model: string;
  status: string;
  decodeTps: number | null;
  prefillTps: number | null;
}

/** channel -> [request, response] */
export interface Calls {
  "targets.list": [request: null, response: TargetInfo[]];
  "targets.preflight": [request: { target: string }, response: Check[]];
  "models.list": [request: null, response: ModelEntry[]];
  "models.inspect": [request: { path: string }, response: ModelEntry];
  "run.start": [request: RunRequest, response: { runId: string }];
  "run.cancel": [request: { runId: string }, response: null];
  /** The run's events from `fromSeq` on are then delivered as "run.event": first what was, then what comes. */
  "run.attach": [request: { runId: string; fromSeq: number }, response: { live: boolean }];
  "runs.list": [request: null, response: RunEntry[]];
}

/** event -> payload, from the control side to every connected UI */
export interface Events {
  "targets.changed": TargetInfo[];
  "run.progress": { runId: string; phase: string; done: number; total: number; etaSeconds: number | null };
  "run.event": { runId: string; event: AgentEvent };
  "run.finished": { runId: string; summary: RunSummary | null; error: string | null };
}

export type Channel = keyof Calls;
export type EventName = keyof Events;
export type Request<C extends Channel> = Calls[C][0];
export type Response<C extends Channel> = Calls[C][1];
