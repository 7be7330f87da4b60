/**
 * Runs of several contenders in turns on the same work: the same prompt tokens, threads and cores; the order of
 * `orderOf`. Every round leaves a run bundle.
 */
import type { AgentEvent } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import { Bundle } from "../store/index.js";
import type { EngineName, Progress } from "../targets/target.js";
import type { RunConfig, RunSummary } from "./config.js";
import { loadEngine, newRunOf, noteEngine, type LoadedEngine } from "./engine.js";
import { concluding, streamRun } from "./execute.js";
import type { Prepared } from "./prepare.js";
import { orderOf } from "./rounds-order.js";
import { warmUpRun } from "./warm-up.js";

export interface Contender {
  name: string; // what its runs are kept under
  prepared: Prepared;
}

/** What is done now. */
export interface RoundStep {
  what: "loading" | "warming up" | "measuring";
  name: string; // the contender's
  engine: EngineName;
  round: number | null; // from 0; null: before the first one
}

export interface RoundsHooks {
  onStep?: (step: RoundStep) => void;
  onProgress?: (progress: Progress) => void;
  /** `name`: the contender's. */
  onRound?: (round: number, rounds: number, summary: RunSummary, name: string) => void;
  /** Of contenders that are left out from now on (`leaveOut`). */
  onFailure?: (name: string, failure: RoundsFailure) => void;
  /** What there is so far, after each of these; the same objects, which go on growing. */
  onMeasured?: (measured: readonly Measured[]) => void;
  onEvent?: (event: AgentEvent) => void;
  /** Awaited before every run, warm-ups included: waits until the target is cool enough. */
  coolDown?: (signal: AbortSignal) => Promise<void>;
  signal?: AbortSignal;
}

export interface RoundsOptions {
  id: string; // which the runs are kept under
  rounds: number;
  /** A contender that fails is left out from then on; otherwise its failure ends everything. */
  leaveOut?: boolean;
}

export interface RoundsFailure {
  code: string;
  message: string;
}

export interface Measured {
  name: string;
  engine: EngineName;
  summaries: RunSummary[]; // [round]
  failure: RoundsFailure | null;
}

export interface RoundsResult {
  measured: Measured[]; // one per contender
  keptLoaded: boolean; // false: memory did not allow it, so every run loaded its model
  warnings: string[];
}

const WARM_UP_TOKENS = 8;
const MEMORY_SHARE = 0.8; // of what is available, for models kept loaded together
const LOADED_BYTES_PER_FILE_BYTE = 1.3; // weights, some of them rearranged copies, and KV cache

export async function measureRounds(
  contenders: readonly Contender[],
  options: RoundsOptions,
  hooks: RoundsHooks = {},
): Promise<RoundsResult> {
  const rounds = new Rounds(contenders, options, hooks);
  try {
    await rounds.start();
    for (let round = 0; round < options.rounds; round++) await rounds.round(round);
    return rounds.result();
  } finally {
    await rounds.close();
  }
}

/** A budget holds for one engine at a time, and only a fresh one finds the cache cold or a peak that is its own. */
const mustLoadAlone = ({ memory, enforce, coldCache }: RunConfig): boolean =>
  memory !== undefined || enforce === "measure" || coldCache;

class Rounds {
  private readonly contenders: Contender[];
  private readonly measured: Measured[];
  private readonly open = new Map<number, LoadedEngine>();
  private readonly signal: AbortSignal;
  private keepLoaded = false;
  private current: number | null = null; // round

  constructor(
    contenders: readonly Contender[],
    private readonly options: RoundsOptions,
    private readonly hooks: RoundsHooks,
  ) {
    this.contenders = [...contenders];
    this.measured = contenders.map(({ name, prepared }) => ({
      ...{ name, engine: prepared.config.engine, summaries: [], failure: null },
    }));
    this.signal = hooks.signal ?? new AbortController().signal;
  }

  /** Loads the first engine, from which the others take prompt tokens, threads and cores; then the others if they fit. */
  async start(): Promise<void> {
    const first = await this.loadFirst();
    if (!first) return;
    await this.shareWork(first);
    const { memory } = first.session.greeting.device;
    const all = first.prepared.facts.file_bytes * LOADED_BYTES_PER_FILE_BYTE * this.contenders.length;
    const alone = this.contenders.some(({ prepared }) => mustLoadAlone(prepared.config));
    this.keepLoaded = all <= memory.available_bytes * MEMORY_SHARE && !alone;
    if (!this.keepLoaded) return this.close();
    for (const i of this.contenders.keys()) if (!this.open.has(i)) await this.trying(i, () => this.load(i));
    for (const [i, engine] of this.open) await this.trying(i, () => this.warmUp(i, engine));
  }

  async round(round: number): Promise<void> {
    this.current = round;
    for (const i of orderOf(round, this.contenders.length)) {
      if (this.measured[i]?.failure === null) await this.trying(i, () => this.turn(i, round));
      if (!this.keepLoaded) await this.close();
    }
  }

  result(): RoundsResult {
    return { measured: this.measured, keptLoaded: this.keepLoaded, warnings: this.warnings() };
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((engine) => engine.session.close()));
    this.open.clear();
  }

  private async turn(i: number, round: number): Promise<void> {
    const engine = this.open.get(i) ?? (await this.load(i));
    if (!this.keepLoaded && !engine.prepared.config.coldCache) await this.warmUp(i, engine);
    const summary = await this.measure(i, engine, round);
    this.measured[i]?.summaries.push(summary);
    this.hooks.onRound?.(round, this.options.rounds, summary, this.contender(i).name);
    this.hooks.onMeasured?.(this.measured);
  }

  private async trying(i: number, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const entry = this.measured[i];
      if (!this.options.leaveOut || this.signal.aborted || !entry) throw error;
      if (!(error instanceof PhononError)) throw error; // a bug is no measurement
      entry.failure = { code: error.code, message: error.message };
      this.hooks.onFailure?.(entry.name, entry.failure);
      this.hooks.onMeasured?.(this.measured);
      await this.open.get(i)?.session.close();
      this.open.delete(i);
    }
  }

  /** Undefined: none of them can be loaded. */
  private async loadFirst(): Promise<LoadedEngine | undefined> {
    for (const i of this.contenders.keys()) {
      await this.trying(i, () => this.load(i));
      const engine = this.open.get(i);
      if (engine) return engine;
    }
    return undefined;
  }

  private contender(i: number): Contender {
    const contender = this.contenders[i];
    if (!contender) throw new Error(`there is no contender ${i}`);
    return contender;
  }

  private async load(i: number): Promise<LoadedEngine> {
    this.step("loading", i);
    const { prepared } = this.contender(i);
    const engine = await loadEngine(prepared, { signal: this.signal, onProgress: this.hooks.onProgress });
    this.open.set(i, engine);
    return engine;
  }

  private async shareWork({ session, report, prepared: { config } }: LoadedEngine): Promise<void> {
    const { prompt } = config;
    const tokens =
      prompt === undefined
        ? undefined
        : (await session.request<"tokenize">({ type: "tokenize", text: prompt, special: config.special })).tokens;
    const pinned = report.cores.length > 0 && report.cores.every((core) => core >= 0);
    const shared = { threads: report.threads, ...(pinned && { cores: report.cores }) };
    for (const [i, { name, prepared }] of this.contenders.entries()) {
      const work = tokens && { prompt: undefined, promptTokens: tokens };
      const changed = { ...prepared, config: { ...prepared.config, ...work, ...shared } };
      this.contenders[i] = { name, prepared: changed };
      const open = this.open.get(i);
      if (open) this.open.set(i, { ...open, prepared: changed });
    }
  }

  /** A short run that is not kept: fills caches, raises clocks. */
  private async warmUp(i: number, { session, report, prepared }: LoadedEngine): Promise<void> {
    this.step("warming up", i);
    await this.hooks.coolDown?.(this.signal);
    await warmUpRun(session, prepared.config, report.model.vocabulary, WARM_UP_TOKENS, this.signal);
  }

  private step(what: RoundStep["what"], i: number): void {
    const { name, prepared } = this.contender(i);
    this.hooks.onStep?.({ what, name, engine: prepared.config.engine, round: this.current });
  }

  private async measure(i: number, engine: LoadedEngine, round: number): Promise<RunSummary> {
    this.step("measuring", i);
    await this.hooks.coolDown?.(this.signal);
    const { name } = this.contender(i);
    const comparison = { id: this.options.id, round, configuration: name };
    const bundle = await Bundle.create(newRunOf(engine.prepared, comparison));
    const summary = await concluding(bundle, this.signal, async () => {
      await noteEngine(bundle, engine);
      await streamRun(engine, bundle, this.hooks.onEvent, this.signal);
    });
    if (summary.status === "done") return summary;
    throw new PhononError(
      summary.reason ?? "internal",
      `Round ${round + 1}, ${name} (run ${bundle.runId}): ${summary.message ?? summary.status}`,
    );
  }

  private warnings(): string[] {
    const warnings = this.measured.flatMap(({ name, summaries }) =>
      summaries.flatMap((summary) => summary.warnings.map((warning) => `${name}: ${warning}`)),
    );
    return [...new Set(warnings)];
  }
}
