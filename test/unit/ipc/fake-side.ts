/** A control side in memory, whose runs do what a test tells them to. */
import type { AgentEvent, PackProfile } from "../../../electron/agent/messages.js";
import type { ModelEntry, RunSummary, StoredModel, TargetListing } from "../../../electron/ipc/contract.js";
import type { ActiveRun, ControlSide, RunHooks } from "../../../electron/ipc/side.js";
import { PhononError } from "../../../electron/base/errors.js";
import type { PlanQuery } from "../../../electron/runs/plan.js";
import type { ExportFormat } from "../../../electron/export/index.js";
import type { CompareHooks, Comparison, CompareRequest } from "../../../electron/runs/compare.js";
import type { Kept, StudyHooks, StudyRequest } from "../../../electron/runs/study.js";
import type { SweepRequest } from "../../../electron/runs/sweep.js";
import type { Ablation, ListedStudy, PackRecord, Study, Sweep } from "../../../electron/store/index.js";
import type { DeviceReport, TargetInfo } from "../../../electron/targets/target.js";
import { summaryOf } from "../renderer/events.js";

export const LOCAL: TargetInfo = {
  id: "local",
  kind: "local",
  state: "ready",
  name: "This computer",
  remedy: null,
  abi: "x86_64",
  soc: "Test CPU",
  os: "Linux 6.1",
  memoryBytes: 25_769_803_776,
  storageFreeBytes: 60_129_542_144,
  npu: null,
  cores: [
    { id: 0, maxMhz: 2900 },
    { id: 1, maxMhz: 2900 },
  ],
};

export const REPORT: DeviceReport = {
  target: "local",
  name: "This computer",
  abi: "x86_64",
  soc: "Test CPU",
  os: null,
  npu: null,
  kernel: "Linux 6.1",
  cores: [{ id: 0, maxMhz: 2900, class: "big" }],
  features: ["avx2"],
  memory: { totalBytes: 8 * 2 ** 30, availableBytes: 6 * 2 ** 30 },
  storage: { path: "/home", totalBytes: 2 ** 40, freeBytes: 2 ** 37 },
  battery: null,
  temps: [],
  throttling: null,
};

export const PROFILE: PackProfile = {
  ...{ layers: 6, neurons: 1024, tokens: 1024, active: 0.125, let_through: 0.25, recall: 0.9, energy: 0.995 },
  overlap: 0.5,
  predictors: [],
  batches: [1, 32].map((batch) => ({ batch, up_to: Array.from({ length: 101 }, (_, at) => at / 100) })),
};

export function packOf(model: string, change: Partial<PackRecord> = {}): PackRecord {
  return {
    ...{ version: 1, target: "local", name: `${"a".repeat(64)}.pack`, path: "/packs/a.pack", model },
    ...{ sha256: "a".repeat(64), packed_at: "2026-11-20T10:00:00.000Z", agent_build: "b", bytes: 1000, seconds: 2 },
    options: { text: null, energy: 0.995, sparsity: 0, requantise: null, activation: null, predictor: "auto", seed: 1 },
    profile: { tokens: 1024, source: "the model's own text", active: 0.125 },
    predictor: { let_through: 0.25, recall: 0.9, energy: 0.995, layers: [] },
    ...change,
  };
}

export function modelOf(path: string, change: Partial<ModelEntry> = {}): ModelEntry {
  return {
    ...{ path, name: path.slice(1), builtIn: false, fileBytes: 4 * 2 ** 30, architecture: "llama" },
    ...{ quantisation: "Q4_0", parameters: 7e9, contextLength: 8192, layers: 32, experts: 1, expertsUsed: 1 },
    ...{ kvBytesPerToken: 131_072, leastStreamedBytes: null, ...change },
  };
}

/** A comparison under way, which goes on when the test says so. */
export class FakeComparison {
  #end!: (comparison: Comparison) => void;
  #fail!: (error: Error) => void;
  readonly done: Promise<Comparison>;

  constructor(
    readonly request: CompareRequest,
    readonly hooks: CompareHooks,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    hooks.signal?.addEventListener("abort", () => this.#fail(new Error("aborted")));
  }

  round(round: number, engine: "phonon" | "llama.cpp", decode_tps: number): void {
    this.hooks.onStep?.({ what: "measuring", engine, round });
    const summary = summaryOf(`${engine}-${round}`, { engine, decode_tps });
    this.hooks.onRound?.(round, this.request.rounds, summary);
  }

  end(): void {
    const results = this.request.engines.map((engine) => ({
      ...summaryOf("R", { engine, text: "long", tokens: [1, 2, 3] }),
      ...{ configuration: engine, run_ids: ["R"], spread: { decode_tps: null, prefill_tps: null } },
    }));
    const about = { comparison_id: this.request.id ?? "", target: "local", model: "story" };
    this.#end({ ...about, rounds: this.request.rounds, kept_loaded: true, results, pairs: [], warnings: ["few"] });
  }

  fail(error: Error): void {
    this.#fail(error);
  }
}

/** A study under way, which goes on when the test says so. */
export class FakeStudy {
  #end!: (kept: Kept<Study>) => void;
  #fail!: (error: Error) => void;
  readonly done: Promise<Kept<Study>>;

  constructor(
    readonly request: StudyRequest,
    readonly hooks: StudyHooks,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    hooks.signal?.addEventListener("abort", () => this.#fail(new Error("aborted")));
  }

  end(study: Study): void {
    this.#end({ study, file: `/studies/${study.id}.json` });
  }

  fail(error: Error): void {
    this.#fail(error);
  }
}

/** A run under way; its events are in the bundle before the hooks hear of them, as in the real store. */
export class FakeRun implements ActiveRun {
  readonly bundle: AgentEvent[] = [];
  readonly done: Promise<RunSummary>;
  cancelled = 0;
  #end!: (summary: RunSummary) => void;

  constructor(
    readonly runId: string,
    readonly hooks: RunHooks,
  ) {
    this.done = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  emit(...events: AgentEvent[]): void {
    for (const event of events) {
      this.bundle.push(event);
      this.hooks.onEvent(event);
    }
  }

  end(change: Partial<RunSummary> = {}): void {
    this.#end(summaryOf(this.runId, change));
  }

  cancel(): Promise<void> {
    this.cancelled++;
    this.end({ status: "cancelled", reason: "cancelled" });
    return this.done.then(() => undefined);
  }
}

export class FakeSide implements ControlSide {
  readonly runs = new Map<string, FakeRun>();
  targets: TargetInfo[] = [LOCAL];
  watching = 0;
  reads = 0; // of events from bundles
  changeTargets: (listing: TargetListing) => void = () => undefined;
  onStart: (run: FakeRun) => void = () => undefined;

  listTargets = () => Promise.resolve<TargetListing>({ targets: this.targets, phonesProblem: null });
  models: ModelEntry[] = [];
  packs: PackRecord[] = [];
  stored: StoredModel[] | null = null;
  hashes = new Map<string, string>();
  readonly comparisons: FakeComparison[] = [];
  deviceReport = REPORT;

  preflight = () => Promise.resolve([{ name: "Agent", status: "ok" as const, detail: "is built" }]);
  report = (target: string) => Promise.resolve({ ...this.deviceReport, target });
  storedModels = () => Promise.resolve(this.stored);
  measured: string | null = null;
  /** Ends what is being measured; a damaged disk ends it with an error. */
  endMeasuring: (error?: Error) => void = () => undefined;
  measuredAt = () => Promise.resolve(this.measured);
  measure: ControlSide["measure"] = (_target, { onMeasurement, signal }) =>
    new Promise((resolve, reject) => {
      const head = { type: "event", run: "probe", t_ms: 1, seq: 1 } as const;
      onMeasurement?.({ ...head, kind: "probe_progress", done: 3, total: 80, what: "memory: 1 thread" });
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
      this.endMeasuring = (error) => {
        if (error) reject(error);
        else this.measured = "2026-11-29T12:00:00.000Z";
        resolve();
      };
    });
  listModels = () => Promise.resolve(this.models);
  readonly planned: PlanQuery[] = [];
  plan = (query: PlanQuery) => {
    this.planned.push(query);
    return Promise.reject(new PhononError("no_profile", "Not measured."));
  };
  knownHash = (path: string) => Promise.resolve(this.hashes.get(path) ?? null);
  hashModel = (path: string) => {
    this.hashes.set(path, "a".repeat(64));
    return Promise.resolve();
  };
  listPacks = (path: string) => Promise.resolve(this.packs.filter(({ model }) => model === path));
  readPackProfile = ({ target }: { target: string }) =>
    target === "local" ? Promise.resolve(PROFILE) : Promise.reject(new Error("no such target"));
  forgetModel = (path: string) => {
    this.models = this.models.filter((model) => model.path !== path);
    return Promise.resolve();
  };
  inspectModel = (path: string) => {
    const model = this.models.find((entry) => entry.path === path);
    return model ? Promise.resolve(model) : Promise.reject(new Error(`nothing at ${path}`));
  };
  queryRuns: ControlSide["queryRuns"] = () =>
    Promise.resolve({ rows: [], total: 0, facets: { engine: [], target: [], model: [], status: [] } });
  deleteRuns: ControlSide["deleteRuns"] = () => Promise.resolve();
  exportRun = (runId: string, format: ExportFormat) =>
    Promise.resolve(this.runs.has(runId) ? { path: `/exports/${runId}.${format}`, bytes: 7 } : undefined);

  watchTargets(onChange: (listing: TargetListing) => void) {
    this.watching++;
    this.changeTargets = onChange;
    return {
      stop: () => {
        this.watching--;
      },
    };
  }

  kept: ListedStudy[] = [];
  readonly studies: FakeStudy[] = [];

  #study<Kind extends Study>(request: StudyRequest, hooks: StudyHooks): Promise<Kept<Kind>> {
    const study = new FakeStudy(request, hooks);
    this.studies.push(study);
    return study.done.then((kept) => {
      this.kept.push({ id: kept.study.id, study: kept.study });
      return kept as Kept<Kind>;
    });
  }

  ablate = (request: StudyRequest, hooks: StudyHooks) => this.#study<Ablation>(request, hooks);
  sweep = (request: SweepRequest, hooks: StudyHooks) => this.#study<Sweep>(request, hooks);
  listStudies = () => Promise.resolve(this.kept);
  readStudy = (id: string) => {
    const study = this.kept.find((one) => one.id === id)?.study;
    return study ? Promise.resolve(study) : Promise.reject(new PhononError("no_such_study", `there is no ${id}`));
  };
  deleteStudy = (id: string) => {
    this.kept = this.kept.filter((one) => one.id !== id);
    return Promise.resolve();
  };
  exportStudy = ({ id }: Study) => Promise.resolve({ path: `/exports/${id}.csv`, bytes: 7 });

  compare(request: CompareRequest, hooks: CompareHooks): Promise<Comparison> {
    const comparison = new FakeComparison(request, hooks);
    this.comparisons.push(comparison);
    return comparison.done;
  }

  startRun(_request: unknown, hooks: RunHooks): Promise<FakeRun> {
    const run = new FakeRun(`R${this.runs.size + 1}`, hooks);
    this.runs.set(run.runId, run);
    this.onStart(run);
    return Promise.resolve(run);
  }

  readRun(runId: string) {
    const run = this.runs.get(runId);
    if (run === undefined) return Promise.resolve(undefined);
    const read = async function* (side: FakeSide) {
      side.reads++;
      yield* [...run.bundle];
    };
    return Promise.resolve({
      facts: { engine: "phonon", target: "local", model: "story", prompt: "Once", tokens: 8 },
      summary: summaryOf(runId),
      events: () => read(this),
    });
  }
}
