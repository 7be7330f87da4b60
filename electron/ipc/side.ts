/** What the handlers need of the control side, as one seam: the shells pass the real thing, tests a small one. */
import type { AgentEvent, PackProfile } from "../agent/messages.js";
import type { ModelEntry } from "../models/index.js";
import type { Comparison, CompareHooks, CompareRequest } from "../runs/compare.js";
import type { RunRequest, RunSummary } from "../runs/config.js";
import type { PlanQuery, PlannedRun } from "../runs/plan.js";
import type { ProbeHooks } from "../runs/probe.js";
import type { Kept, StudyHooks, StudyRequest } from "../runs/study.js";
import type { SweepRequest } from "../runs/sweep.js";
import type { ExportedFile, ExportFormat } from "../export/index.js";
import type { Ablation, ListedStudy, PackRecord, Prediction, RunPage, RunQuery, Study, Sweep } from "../store/index.js";
import type { Check, DeviceReport, Progress, StoredModel } from "../targets/target.js";
import type { RunFacts, TargetListing } from "./contract.js";

export interface RunHooks {
  /** Called after the event has been appended to the run's bundle. */
  onEvent(event: AgentEvent): void;
  onProgress(progress: Progress): void;
  /** Before the first event, where the planner foresaw the run. */
  onForeseen(prediction: Prediction): void;
}

export interface ActiveRun {
  readonly runId: string;
  cancel(): Promise<void>;
  /** Resolves when the run's bundle is complete; rejects when it could not be written. */
  readonly done: Promise<RunSummary>;
}

export interface KeptRun {
  /** The events that are on disk, in order of seq. */
  events(): AsyncIterable<AgentEvent>;
  readonly summary: RunSummary;
  readonly facts: RunFacts;
}

export interface ControlSide {
  listTargets(): Promise<TargetListing>;
  watchTargets(onChange: (listing: TargetListing) => void): { stop(): void };
  preflight(target: string): Promise<Check[]>;
  report(target: string): Promise<DeviceReport>;
  /** When what is kept of a target for planning was measured, ISO 8601. */
  measuredAt(target: string): Promise<string | null>;
  /** And keeps it. Takes a minute at most. */
  measure(target: string, hooks: Pick<ProbeHooks, "onMeasurement" | "signal">): Promise<void>;
  /** null: models are read where they are. */
  storedModels(target: string): Promise<StoredModel[] | null>;
  listModels(): Promise<ModelEntry[]>;
  /** The system's file dialog, where the shell has one. Null: none was chosen. */
  chooseModel?(): Promise<string | null>;
  /** And remembers it. */
  inspectModel(path: string): Promise<ModelEntry>;
  forgetModel(path: string): Promise<void>;
  /** A file's SHA-256 where it is remembered. */
  knownHash(path: string): Promise<string | null>;
  /** Remembers it; of a large file that takes minutes. */
  hashModel(path: string): Promise<void>;
  /** From what was measured before: asks nothing of the target. */
  plan(query: PlanQuery): Promise<PlannedRun>;
  /** Of this model's file, on any target, as far as they were made from here. */
  listPacks(path: string): Promise<PackRecord[]>;
  readPackProfile(pack: { target: string; name: string }): Promise<PackProfile>;
  /** Resolves once the run has a bundle. */
  startRun(request: RunRequest, hooks: RunHooks): Promise<ActiveRun>;
  compare(request: CompareRequest, hooks: CompareHooks): Promise<Comparison>;
  ablate(request: StudyRequest, hooks: StudyHooks): Promise<Kept<Ablation>>;
  sweep(request: SweepRequest, hooks: StudyHooks): Promise<Kept<Sweep>>;
  listStudies(): Promise<ListedStudy[]>;
  readStudy(id: string): Promise<Study>;
  deleteStudy(id: string): Promise<void>;
  /** As CSV, into a new file of the data folder's "exports". */
  exportStudy(study: Study): Promise<ExportedFile>;
  queryRuns(query: RunQuery): Promise<RunPage>;
  deleteRuns(runIds: readonly string[]): Promise<void>;
  /** Into a new file of the data folder's "exports". Undefined: there is no such run. */
  exportRun(runId: string, format: ExportFormat): Promise<ExportedFile | undefined>;
  /** Undefined: there is no such run. */
  readRun(runId: string): Promise<KeptRun | undefined>;
}
