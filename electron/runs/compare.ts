/**
 * Engines side by side on the same work: the same prompt tokens, forced tokens, threads and cores; rounds in ABBA order,
 * so that warming up and slowing down fall on all alike. Every round leaves a run bundle.
 */
import { randomUUID } from "node:crypto";
import type { AgentEvent } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import { Bundle } from "../store/index.js";
import type { EngineName, Progress } from "../targets/target.js";
import { commonOptions, engineOptions, type RunConfig, type RunRequest, type RunSummary } from "./config.js";
import { pairsOf, resultOf, type ComparedResult, type Pair } from "./compare-results.js";
import { loadEngine, newRunOf, noteEngine, type LoadedEngine } from "./engine.js";
import { concluding, streamRun } from "./execute.js";
import { prepare, realWorld, type Prepared } from "./prepare.js";
import { warmUpRun } from "./warm-up.js";
import { chanceOfOneOrder, MIN_ROUNDS } from "./statistics.js";

export interface CompareRequest {
  /** Chosen by the caller; default: a random one. */
  id?: string;
  /** At least two, each once. */
  engines: EngineName[];
  rounds: number;
  /** What all have in common; options that only one engine has go to that one. */
  run: Omit<RunRequest, "engine">;
}

/** What a comparison does now. */
export interface CompareStep {
  what: "loading" | "warming up" | "measuring";
  engine: EngineName;
  round: number | null; // from 0; null: before the first one
}

export interface CompareHooks {
  onStep?: (step: CompareStep) => void;
  onProgress?: (progress: Progress) => void;
  onRound?: (round: number, rounds: number, summary: RunSummary) => void;
  onEvent?: (event: AgentEvent) => void;
  /** Awaited before every run, warm-ups included: waits until the target is cool enough. */
  coolDown?: (signal: AbortSignal) => Promise<void>;
  signal?: AbortSignal;
}

/** The object that `compare --json` prints. */
export interface Comparison {
  comparison_id: string;
  target: string;
  model: string;
  rounds: number;
  kept_loaded: boolean; // false: memory did not allow it, so every run loaded its model
  results: ComparedResult[];
  pairs: Pair[];
  warnings: string[];
}

const WARM_UP_TOKENS = 8;
const MEMORY_SHARE = 0.8; // of what is available, for models kept loaded together
const LOADED_BYTES_PER_FILE_BYTE = 1.3; // weights, some of them rearranged copies, and KV cache
export const DEFAULT_FORCE_SEED = 1;

export async function compare(
  request: CompareRequest,
  hooks: CompareHooks = {},
  world = realWorld,
): Promise<Comparison> {
  const { engines, rounds } = request;
  if (engines.length < 2 || new Set(engines).size !== engines.length) {
    throw new PhononError("bad_request", "engines: name at least two, each once.");
  }
  const prepared: Prepared[] = [];
  for (const engine of engines) prepared.push(await prepare(configurationOf(request.run, engine), world, hooks.signal));
  const comparer = new Comparer(prepared, rounds, hooks, request.id ?? randomUUID());
  try {
    await comparer.start();
    for (let round = 0; round < rounds; round++) await comparer.round(round);
    return comparer.result();
  } finally {
    await comparer.close();
  }
}

/** Drops what only the other engine has, and feeds forced tokens unless something else was asked for. */
export function configurationOf(run: CompareRequest["run"], engine: EngineName): RunRequest {
  return { forceTokens: DEFAULT_FORCE_SEED, ...commonOptions(run), ...engineOptions(run, engine), engine };
}

/** A budget holds for one engine at a time, and only a fresh one finds the cache cold or a peak that is its own. */
const mustLoadAlone = ({ memory, enforce, coldCache }: RunConfig): boolean =>
  memory !== undefined || enforce === "measure" || coldCache;

class Comparer {
  private readonly summaries: RunSummary[][]; // [configuration][round]
  private readonly open = new Map<number, LoadedEngine>();
  private readonly signal: AbortSignal;
  private keepLoaded = false;
  private current: number | null = null; // round

  constructor(
    private readonly prepared: Prepared[],
    private readonly rounds: number,
    private readonly hooks: CompareHooks,
    private readonly id: string,
  ) {
    this.summaries = prepared.map(() => []);
    this.signal = hooks.signal ?? new AbortController().signal;
  }

  /** Loads the first engine, from which the others take prompt tokens, threads and cores; then the others if they fit. */
  async start(): Promise<void> {
    const first = await this.load(0);
    await this.shareWork(first);
    const { memory } = first.session.greeting.device;
    const all = first.prepared.facts.file_bytes * LOADED_BYTES_PER_FILE_BYTE * this.prepared.length;
    this.keepLoaded = all <= memory.available_bytes * MEMORY_SHARE && !mustLoadAlone(first.prepared.config);
    if (!this.keepLoaded) return this.close();
    for (let i = 1; i < this.prepared.length; i++) await this.load(i);
    for (const engine of this.open.values()) await this.warmUp(engine);
  }

  async round(round: number): Promise<void> {
    this.current = round;
    const order = this.prepared.map((_, i) => i);
    if (round % 2 === 1) order.reverse();
    for (const i of order) {
      const engine = this.open.get(i) ?? (await this.load(i));
      if (!this.keepLoaded && !engine.prepared.config.coldCache) await this.warmUp(engine);
      const summary = await this.measure(engine, round);
      this.summaries[i]?.push(summary);
      this.hooks.onRound?.(round, this.rounds, summary);
      if (!this.keepLoaded) await this.close();
    }
  }

  result(): Comparison {
    const results = this.summaries.map(resultOf);
    const [first] = this.prepared;
    return {
      comparison_id: this.id,
      target: first?.config.target ?? "",
      model: first?.modelPath ?? "",
      rounds: this.rounds,
      kept_loaded: this.keepLoaded,
      results,
      pairs: pairsOf(results, this.summaries),
      warnings: this.warnings(),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((engine) => engine.session.close()));
    this.open.clear();
  }

  private async load(i: number): Promise<LoadedEngine> {
    const prepared = this.prepared[i];
    if (!prepared) throw new Error(`there is no configuration ${i}`);
    this.step("loading", prepared);
    const engine = await loadEngine(prepared, { signal: this.signal, onProgress: this.hooks.onProgress });
    this.open.set(i, engine);
    return engine;
  }

  private async shareWork({ session, report, prepared: { config } }: LoadedEngine): Promise<void> {
    const { prompt, ...rest } = config;
    const tokens =
      prompt === undefined
        ? undefined
        : (await session.request<"tokenize">({ type: "tokenize", text: prompt, special: config.special })).tokens;
    const pinned = report.cores.length > 0 && report.cores.every((core) => core >= 0);
    const shared = {
      ...(tokens ? { ...rest, promptTokens: tokens } : config),
      threads: report.threads,
      ...(pinned && { cores: report.cores }),
    };
    for (const [i, prepared] of this.prepared.entries()) {
      const { engine } = prepared.config;
      const changed = {
        ...prepared,
        config: { ...commonOptions(shared), ...engineOptions(prepared.config), engine },
      };
      this.prepared[i] = changed;
      const open = this.open.get(i);
      if (open) this.open.set(i, { ...open, prepared: changed });
    }
  }

  /** A short run that is not kept: fills caches, raises clocks. */
  private async warmUp({ session, report, prepared }: LoadedEngine): Promise<void> {
    this.step("warming up", prepared);
    await this.hooks.coolDown?.(this.signal);
    await warmUpRun(session, prepared.config, report.model.vocabulary, WARM_UP_TOKENS, this.signal);
  }

  private step(what: CompareStep["what"], { config }: Prepared): void {
    this.hooks.onStep?.({ what, engine: config.engine, round: this.current });
  }

  private async measure(engine: LoadedEngine, round: number): Promise<RunSummary> {
    this.step("measuring", engine.prepared);
    await this.hooks.coolDown?.(this.signal);
    const { config } = engine.prepared;
    const bundle = await Bundle.create(newRunOf(engine.prepared, { id: this.id, round, configuration: config.engine }));
    const summary = await concluding(bundle, this.signal, async () => {
      await noteEngine(bundle, engine);
      await streamRun(engine, bundle, this.hooks.onEvent, this.signal);
    });
    if (summary.status === "done") return summary;
    throw new PhononError(
      summary.reason ?? "internal",
      `Round ${round + 1}, engine ${config.engine} (run ${bundle.runId}): ${summary.message ?? summary.status}`,
    );
  }

  private warnings(): string[] {
    const warnings = this.summaries.flatMap((rounds) =>
      rounds.flatMap((s) => s.warnings.map((w) => `${s.engine}: ${w}`)),
    );
    if (this.rounds < MIN_ROUNDS)
      warnings.push(`${this.rounds} rounds are too few for a verdict; take ${MIN_ROUNDS} at least`);
    else if (chanceOfOneOrder(this.rounds) > 5) {
      const chance = Math.round(chanceOfOneOrder(this.rounds));
      warnings.push(
        `with ${this.rounds} rounds, equal engines come out in one order every time in ${chance} % of comparisons; 6 rounds or more make a verdict firm`,
      );
    }
    return [...new Set(warnings)];
  }
}
