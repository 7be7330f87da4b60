/** Targets and agents that exist in memory only, and do what a test tells them. */
import { PhononError } from "../../../electron/base/errors.js";
import type {
  AgentEvent,
  Greeting,
  LoadConfig,
  LoadReport,
  ModelFacts,
  PackState,
} from "../../../electron/agent/messages.js";
import type { AgentSession } from "../../../electron/agent/session.js";
import type { World } from "../../../electron/runs/prepare.js";
import type { Engine } from "../../../electron/agent/builds.js";
import type { Check, OpenOptions, Target } from "../../../electron/targets/target.js";
import { deviceFacts, eventsOf, loadReport, modelFacts, packEventsOf, type MadeUpRun } from "./events.js";

export interface FakeOptions {
  checks?: Check[];
  availableBytes?: number;
  memoryBytes?: number; // that the target has; left out: unknown
  fileBytes?: number;
  facts?: Partial<ModelFacts>;
  /** What each engine's runs look like; called once per run. */
  run?: (engine: Engine, nth: number) => MadeUpRun;
  /** What measuring the device tells. */
  probe?: AgentEvent[];
  /** How each model's pack stands, until it is packed. */
  packState?: PackState;
  /** What packing tells. */
  pack?: AgentEvent[];
  /** Thrown by the step of that name. */
  fail?: Partial<Record<"openTarget" | "inspect" | "putModel" | "openAgent" | "load" | "run" | "pack", PhononError>>;
  /** The step that never ends by itself. */
  hang?: "putModel" | "openAgent" | "load" | "decode" | "pack";
  /** The agent is lost after this many events. */
  loseAfter?: number;
}

const never = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason as Error);
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });

type Message = { type: string } & Record<string, unknown>;

export class FakeSession implements AgentSession {
  readonly greeting: Greeting;
  readonly requests: Message[] = [];
  readonly loads: LoadConfig[] = [];
  closed = 0;
  private running: { id: string; made: MadeUpRun } | undefined;
  private stop = new AbortController();

  constructor(
    readonly engine: Engine,
    private readonly world: FakeWorld,
  ) {
    const memory = { total_bytes: 8e9, available_bytes: world.options.availableBytes ?? 4e9 };
    this.greeting = {
      type: "greeting",
      protocol: 1,
      version: "0.1.0",
      build: "build-1",
      engine,
      engine_build: "b1234 (abcdef0)",
      pid: 42,
      device: { ...deviceFacts, memory },
    };
  }

  async request(message: Message): Promise<never> {
    this.world.step(message.type === "run" || message.type === "pack" ? message.type : undefined);
    this.requests.push(message);
    if (message.type === "tokenize") return { tokens: [11, 12, 13] } as never;
    if (message.type === "run") {
      const nth = this.world.counted(this.engine);
      this.stop = new AbortController();
      this.running = { id: String(message["run"]), made: this.world.options.run?.(this.engine, nth) ?? {} };
      return { prompt_tokens: 4 } as never;
    }
    if (message.type === "score") return { tokens: 100 } as never;
    if (message.type === "probe") return {} as never;
    if (message.type === "pack") return {} as never;
    if (message.type === "check_pack") {
      const packed = this.world.packed.has(String(message["pack"]));
      return { state: packed ? "current" : (this.world.options.packState ?? "missing") } as never;
    }
    throw new Error(`the fake agent knows no ${message.type}`);
  }

  async load(config: LoadConfig): Promise<LoadReport> {
    this.loads.push(config);
    this.world.step("load");
    if (this.world.options.hang === "load") return never();
    return { ...loadReport, threads: config.threads ?? loadReport.threads };
  }

  async *events(runId: string): AsyncGenerator<AgentEvent> {
    const score = this.requests.find((m) => m.type === "score" && m["run"] === runId);
    if (score) {
      yield* this.world.scoreEvents(this.engine, score);
      return;
    }
    if (this.requests.some((m) => m.type === "probe" && m["run"] === runId)) {
      yield* this.world.options.probe ?? [];
      return;
    }
    const pack = this.requests.find((m) => m.type === "pack" && m["run"] === runId);
    if (pack) {
      yield* this.packEvents(pack);
      return;
    }
    const events = eventsOf({ run: runId, engine: this.engine, ...this.running?.made });
    const last = events.at(-1)!;
    for (const [i, event] of events.entries()) {
      if (i === this.world.options.loseAfter) throw new PhononError("agent_lost", "The agent is gone.");
      if (event === last) break;
      yield event;
      if (event.kind !== "token") continue;
      if (this.world.options.hang === "decode" && event.index === 1) {
        await never(this.stop.signal).catch(() => undefined);
      }
      if (!this.stop.signal.aborted) continue;
      yield {
        ...(last as Extract<AgentEvent, { kind: "ended" }>),
        seq: event.seq + 1,
        status: "cancelled",
        reason: "cancelled",
        output_tokens: event.index + 1,
      };
      return;
    }
    yield last;
  }

  private async *packEvents(pack: Message): AsyncGenerator<AgentEvent> {
    const events = this.world.options.pack ?? packEventsOf();
    for (const event of events) {
      yield event;
      if (this.world.options.hang !== "pack") continue;
      await never(this.stop.signal).catch(() => undefined);
      const ended = events.at(-1) as Extract<AgentEvent, { kind: "ended" }>;
      yield { ...ended, seq: 2, status: "cancelled", reason: "cancelled", message: "packing was cancelled" };
      return;
    }
    this.world.packed.add(String(pack["pack"]));
  }

  async cancel(): Promise<void> {
    this.stop.abort();
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

export class FakeWorld implements World {
  readonly sessions: FakeSession[] = [];
  readonly packed = new Set<string>(); // paths
  readonly removedPacks: string[] = [];
  private readonly runs = new Map<Engine, number>();

  constructor(readonly options: FakeOptions = {}) {}

  step(name: keyof NonNullable<FakeOptions["fail"]> | undefined): void {
    const error = name && this.options.fail?.[name];
    if (error) throw error;
  }

  /** How many runs of the engine there were before. */
  counted(engine: Engine): number {
    const before = this.runs.get(engine) ?? 0;
    this.runs.set(engine, before + 1);
    return before;
  }

  inspect = async () => {
    this.step("inspect");
    return { ...modelFacts, ...this.options.facts, file_bytes: this.options.fileBytes ?? modelFacts.file_bytes };
  };

  openTarget = async (id: string): Promise<Target> => {
    this.step("openTarget");
    return {
      id: id,
      info: async () => ({ abi: "x86_64", memoryBytes: this.options.memoryBytes ?? null }) as never,
      preflight: async () => this.options.checks ?? [],
      report: async () => ({ storage: { path: "/remote/store" } }) as never,
      storedModels: async () => null,
      putModel: async (path, options) => {
        this.step("putModel");
        if (this.options.hang === "putModel") return never(options?.signal);
        options?.onProgress?.({ phase: "pushing", done: 1, total: 2, bytesPerSecond: 1, etaSeconds: 1 });
        return `/remote${path}`;
      },
      packPath: async (name) => `/remote/packs/${name}`,
      removePack: async (name) => {
        this.removedPacks.push(name);
      },
      openAgent: async ({ engine, signal }: OpenOptions) => {
        this.step("openAgent");
        if (this.options.hang === "openAgent") return never(signal);
        const session = new FakeSession(engine, this);
        this.sessions.push(session);
        return session;
      },
      cleanup: async () => undefined,
    };
  };

  *scoreEvents(engine: Engine, { run, against }: Message): Generator<AgentEvent> {
    const nll = engine === "phonon" ? 3.5 : 3.4;
    const head = (seq: number) => ({ type: "event" as const, run: String(run), seq, t_ms: seq });
    yield { ...head(1), kind: "score_progress", done: 50, total: 100, nll, perplexity: Math.exp(nll) };
    const distance = against === "phonon" ? { kl_mean: 1e-4, kl_max: 1e-3, top1_agreement: 0.99 } : {};
    yield { ...head(2), kind: "scored", tokens: 50, nll, perplexity: Math.exp(nll), ...distance };
    yield { ...eventsOf({ run: String(run) }).at(-1)!, seq: 3 };
  }
}
