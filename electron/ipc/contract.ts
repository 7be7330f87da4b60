/**
 * The one contract between the control side and the UI. Both shells (Electron's window, the browser on loopback) serve
 * exactly these channels; the types of the preload and of the browser client are derived from this file. Whatever
 * comes from a UI is foreign: it goes through `requests` before a handler sees it.
 */
import { z } from "zod";
import type { AgentEvent, PackProfile } from "../agent/messages.js";
import type { Estimate, ModelEntry, Suggestion } from "../models/index.js";
import type { Pair } from "../runs/compare-results.js";
import type { CompareStep } from "../runs/compare.js";
import type { RoundStep } from "../runs/rounds.js";
import { ENGINES, MIN_MEMORY_BYTES, runRequestSchema, type RunRequest, type RunSummary } from "../runs/config.js";
import type { PlannedRun } from "../runs/plan.js";
import { EXPORT_FORMATS, type ExportFormat } from "../export/formats.js";
import { STUDY_ID, type Ablation, type Study, type Sweep } from "../store/study.js";
import type { Prediction } from "../store/prediction.js";
import { runQuerySchema, type RunListing, type RunPage, type RunQuery, type SortKey } from "../store/query.js";
import type { Check, DeviceReport, EngineName, Progress, StoredModel, TargetInfo } from "../targets/target.js";

export type {
  AgentEvent,
  Check,
  EngineName,
  PackProfile,
  ModelEntry,
  Prediction,
  Progress,
  RunListing,
  RunRequest,
  RunSummary,
  TargetInfo,
};
export type { Ablation, CompareStep, DeviceReport, Pair, PlannedRun, RoundStep, StoredModel, Study, Suggestion, Sweep };

export type { ExportFormat, RunPage, RunQuery, SortKey };

const runId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const targetId = z.string().min(1).max(256);
const filePath = z.string().min(1).max(4096);
const packFile = z.string().regex(/^[0-9a-f]{64}(-[a-z0-9]{1,16})?\.pack$/);
const comparisonId = z.uuid();
const studyId = z.string().regex(STUDY_ID);
const rounds = z.int().min(1).max(1000);
const budget = z.int().min(MIN_MEMORY_BYTES).max(Number.MAX_SAFE_INTEGER); // bytes
const engines = z
  .array(z.enum(ENGINES))
  .refine((names) => new Set(names).size === names.length, { message: "must name each engine once" });
const MAX_CONTEXT = 16_777_216; // tokens

/** channel -> schema of its request */
export const requests = {
  "targets.list": z.null(),
  "targets.preflight": z.strictObject({ target: targetId }),
  "targets.facts": z.strictObject({ target: targetId }),
  "targets.measured": z.strictObject({ target: targetId }),
  /** Begins to measure flash, memory and kernels, for plans; "targets.measuring" tells of it. */
  "targets.measure": z.strictObject({ target: targetId }),
  "targets.cancelMeasuring": z.strictObject({ target: targetId }),
  "models.list": z.null(),
  /** The system's file dialog, where the shell has one ("unsupported" elsewhere): where the bridge has `pathOf`. */
  "models.choose": z.null(),
  "models.inspect": z.strictObject({ path: filePath }), // and remembers it
  "models.forget": z.strictObject({ path: filePath }), // the file stays
  "models.placement": z.strictObject({ target: targetId }),
  /** Reads all of a file, so that "models.placement" knows it from others of its size. */
  "models.hash": z.strictObject({ path: filePath }),
  /** Without `context`: for the one that engines take by themselves. */
  "models.fit": z.strictObject({
    path: filePath,
    target: targetId,
    context: z.int().min(1).max(MAX_CONTEXT).optional(),
  }),
  /**
   * How a run from a pack would go, and what other budgets would give; from what was measured of the target before
   * ("no_profile" where it was not), without asking it. Takes milliseconds: it may follow a slider.
   */
  "models.plan": z.strictObject({
    path: filePath,
    target: targetId,
    memory: z.int().min(MIN_MEMORY_BYTES).optional(), // bytes; left out: what the target had available
    context: z.int().min(1).max(MAX_CONTEXT).optional(), // tokens, as promptTokens
    promptTokens: z.int().min(1).max(MAX_CONTEXT).optional(),
    threads: z.int().min(1).max(256).optional(),
  }),
  /** Packs of a model that were made from here, on any target. */
  "models.packs": z.strictObject({ path: filePath }),
  /** How often its neurons fired; an agent reads it where the pack lies. */
  "models.packProfile": z.strictObject({ target: targetId, name: packFile }),
  "run.start": runRequestSchema,
  "run.cancel": z.strictObject({ runId }),
  /** The run's events from `fromSeq` on are then delivered as "run.events": first what was, then what comes. */
  "run.attach": z.strictObject({ runId, fromSeq: z.int().min(1) }),
  "run.detach": z.strictObject({ runId }),
  "runs.query": runQuerySchema,
  /** All or, with an error, none; one that is being written is refused ("run_in_use"). */
  "runs.delete": z.strictObject({ runIds: z.array(runId).min(1).max(1000) }),
  "runs.export": z.strictObject({ runId, format: z.enum(EXPORT_FORMATS) }),
  "compare.list": z.null(),
  "compare.start": z.strictObject({
    engines: engines.min(2),
    rounds,
    run: runRequestSchema, // its `engine` is not looked at
  }),
  "compare.cancel": z.strictObject({ comparisonId }),
  "studies.list": z.null(),
  "studies.open": z.strictObject({ studyId }),
  /** Of `run`, `engine`, what only other engines have, and of a curve `memory` are not looked at. */
  "studies.start": z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("ablation"), rounds, run: runRequestSchema }),
    z.strictObject({
      ...{ kind: z.literal("sweep"), rounds, run: runRequestSchema, engines: engines.min(1) },
      budgets: z
        .strictObject({ from: budget, to: budget, steps: z.int().min(2).max(100) }) // evenly, both ends among them
        .refine(({ from, to }) => from < to, { message: "must go from less to more" }),
    }),
  ]),
  "studies.cancel": z.strictObject({ studyId }),
  "studies.delete": z.strictObject({ studyId }), // its runs stay
  "studies.export": z.strictObject({ studyId }), // as CSV
} as const;

export interface TargetListing {
  targets: TargetInfo[];
  /** Why no phone can be listed, and what to do; null: adb answers. */
  phonesProblem: Failure | null;
}

/** What was measured of a target for planning, and whether it is being measured. */
export interface MeasureState {
  target: string;
  step: { what: string; done: number; total: number } | null; // measurements; null: it goes on no more, or not yet
  measuredAt: string | null; // ISO 8601, of what is kept; null: nothing is
  failure: Failure | null; // why it ended without a result
}

/** What a run was asked to do, as far as a UI shows it. */
export interface RunFacts {
  engine: string;
  target: string;
  model: string;
  prompt: string; // as text; of a prompt of bare token ids, what it was
  tokens: number | null; // asked for
}

/** Without what a run's events have told: of a long run it takes megabytes. */
export type ShownSummary = Omit<RunSummary, "text" | "tokens">;

/** Which of the listed models are on a target already. */
export interface Placement {
  target: string;
  models: {
    path: string;
    /** "in place": files are read where they are; "perhaps": a file of this size is there; "partly": a push broke off. */
    state: "in place" | "there" | "perhaps" | "partly" | "absent";
    bytes?: number; // of what is partly there
  }[];
  others: { files: number; bytes: number }; // models there that are not in the list
}

/** A pack as it was made. Shares are of neurons, of the firing ones, and of the activations' energy. */
export interface PackEntry {
  target: string;
  name: string;
  packedAt: string; // ISO 8601
  bytes: number;
  profile: { tokens: number; source: string; active: number };
  predictor: { letThrough: number; recall: number; energy: number };
  requantise: string | null; // what was quantised anew; null: nothing
  /** Of a pack that computes something else than its model: KL divergence in nats a token, and of how many the likeliest is the same. */
  quality: { klMean: number; top1Agreement: number } | null;
  activation: string | null; // null: the model's own
}

/** What a run of a model needs of a target, whether it fits, and what would. */
export interface FitReport extends Estimate {
  path: string;
  target: string;
  memoryBytes: { total: number | null; available: number | null };
  missingBytes: number; // of the file, still to be brought there
  storageFreeBytes: number | null;
}

/** One run of a comparison that has ended. */
export interface ComparedRound {
  round: number; // from 0
  engine: string;
  runId: string;
  decodeTps: number | null;
  prefillTps: number | null;
  ttftMs: number | null;
  peakBytes: number | null;
  parts: NonNullable<RunSummary["decode_parts_ms"]> | null; // of a typical token's time; null: there is no token
}

/** What an engine's runs were made with. */
export interface ComparedEngine {
  engine: string;
  engineBuild: string | null;
  kernels: string | null; // instruction-set level that ran
  threads: number | null;
}

export interface ComparisonResult {
  keptLoaded: boolean; // false: memory did not allow it, so every run loaded its model
  results: ComparedEngine[];
  pairs: Pair[];
  warnings: string[];
}

/** What takes minutes or hours, while it goes on and when it has ended. */
export interface WorkState {
  id: string;
  startedAt: string; // ISO 8601
  target: string;
  model: string;
  rounds: number;
  tokens: number; // of a run, at most
  status: "running" | "done" | "failed" | "cancelled";
  step: { round: number | null } | null;
  progress: { phase: string; done: number; total: number } | null; // of the step: bytes, or tokens in prefill and decode
  etaSeconds: number | null;
  failure: Failure | null;
}

/** A comparison that goes on or has ended: all that is known of it. */
export interface ComparisonState extends WorkState {
  engines: EngineName[];
  prompt: string;
  threads: number | null; // null: the first engine's choice, for all
  memory: number | null; // bytes: each engine's budget; null: none
  isCold: boolean; // the page cache was emptied before each load
  step: CompareStep | null;
  done: ComparedRound[]; // in order of time
  result: ComparisonResult | null;
}

/** A ladder or a curve that goes on, has ended, or was kept. */
export interface StudyState extends WorkState {
  kind: Study["kind"];
  seconds: number | null; // of decoding, at most
  contenders: { name: string; engine: string }[]; // as they take turns
  step: RoundStep | null;
  study: Study | null; // its figures, of the rounds that have ended so far; null: none has
}

/** A line of the list of studies. */
export interface StudyEntry extends Pick<StudyState, "id" | "kind" | "startedAt" | "target" | "model" | "rounds"> {
  status: StudyState["status"] | "damaged";
  modelName: string | null;
  bestTps: number | null; // of its contenders' medians
  problem: string | null; // of one that is damaged
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
  "targets.facts": DeviceReport;
  "targets.measured": MeasureState;
  "targets.measure": null;
  "targets.cancelMeasuring": null;
  "models.list": ModelEntry[];
  "models.choose": { path: string | null }; // null: none was chosen
  "models.inspect": ModelEntry;
  "models.forget": null;
  "models.placement": Placement;
  "models.hash": null;
  "models.fit": FitReport;
  "models.plan": PlannedRun;
  "models.packs": PackEntry[]; // by target, newest first
  "models.packProfile": PackProfile;
  "run.start": { runId: string };
  "run.cancel": null;
  "run.attach": { live: boolean; facts: RunFacts };
  "run.detach": null;
  "runs.query": RunPage;
  "runs.delete": null;
  "runs.export": { path: string; bytes: number }; // a new file in the data folder's "exports"
  "compare.list": ComparisonState[]; // newest first
  "compare.start": { comparisonId: string };
  "compare.cancel": null;
  "studies.list": StudyEntry[]; // newest first
  "studies.open": StudyState;
  "studies.start": { studyId: string };
  "studies.cancel": null;
  "studies.delete": null;
  "studies.export": { path: string; bytes: number }; // a new file in the data folder's "exports"
}

/** event -> payload, from the control side. "run." events go to the UIs attached to that run, the others to every UI. */
export interface Events {
  "targets.changed": TargetListing;
  "targets.measuring": MeasureState; // every step of it, and its end
  "runs.changed": null; // a run began, ended, or was deleted
  "run.progress": { runId: string } & Progress; // before the first event: hashing, pushing, loading
  "run.foreseen": { runId: string; foreseen: Prediction }; // by the planner, before the first event
  "run.events": { runId: string; events: AgentEvent[] }; // in order of seq, each once
  "compare.progress": { id: string } & Pick<ComparisonState, "step" | "progress" | "etaSeconds">;
  "compare.round": { id: string; done: ComparedRound };
  "compare.finished": { id: string; end: Pick<ComparisonState, "status" | "result" | "failure"> };
  "studies.changed": null; // one was deleted
  "study.progress": { id: string } & Pick<StudyState, "step" | "progress" | "etaSeconds">;
  "study.figures": { id: string; study: Study };
  "study.finished": { id: string; end: Pick<StudyState, "status" | "study" | "failure"> };
  "run.finished": { runId: string; summary: ShownSummary | null; failure: Failure | null }; // after the last event
}

export type Channel = keyof typeof requests & keyof Responses;
export type EventName = keyof Events;
export type Request<C extends Channel> = z.input<(typeof requests)[C]>;
export type Accepted<C extends Channel> = z.output<(typeof requests)[C]>;
export type Response<C extends Channel> = Responses[C];

/** Tells every UI. */
export type Broadcast = <E extends EventName>(name: E, payload: Events[E]) => void;

/** What a call comes to. An envelope, because Electron's IPC would strip a thrown error of its code. */
export type Reply = { ok: true; response: Response<Channel> } | { ok: false; failure: Failure };

/** What a shell hands to the UI: the contract as two functions. */
export interface Bridge {
  call(channel: string, request: unknown): Promise<Reply>;
  /** Calls `listener` for every event from now on; returns what ends that. */
  subscribe(listener: (name: EventName, payload: unknown) => void): () => void;
  /** Where a file that was dropped or chosen lies; "" where that is not told. Missing: a browser never tells. */
  pathOf?(file: File): string;
}
