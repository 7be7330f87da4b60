/** A control side in memory, whose runs do what a test tells them to. */
import type { AgentEvent } from "../../../electron/agent/messages.js";
import type { RunSummary, TargetListing } from "../../../electron/ipc/contract.js";
import type { ActiveRun, ControlSide, RunHooks } from "../../../electron/ipc/side.js";
import type { ExportFormat } from "../../../electron/export/index.js";
import type { RunPage, RunQuery } from "../../../electron/store/index.js";
import type { TargetInfo } from "../../../electron/targets/target.js";
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
  preflight = () => Promise.resolve([{ name: "Agent", status: "ok" as const, detail: "is built" }]);
  listModels = () => Promise.resolve([]);
  inspectModel = (path: string) => Promise.reject(new Error(`nothing at ${path}`));
  listRuns = () => Promise.resolve([]);
  queryRuns = (_query: RunQuery): Promise<RunPage> =>
    Promise.resolve({ rows: [], total: 0, facets: { engine: [], target: [], model: [], status: [] } });
  deleteRuns = (_runIds: readonly string[]): Promise<void> => Promise.resolve();
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
