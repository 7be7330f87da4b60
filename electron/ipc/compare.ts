/**
 * The comparisons of this program's life. Each is kept here with all that a UI shows of it, so that one that comes in
 * the middle, or comes back, asks for the list and then hears every change. Single-threaded; lives as long as the shell.
 */
import { randomUUID } from "node:crypto";
import type { AgentEvent } from "../agent/messages.js";
import { PhononError, messageOf } from "../base/errors.js";
import type { Comparison, CompareStep } from "../runs/compare.js";
import type { RunSummary } from "../runs/config.js";
import type { Progress } from "../targets/target.js";
import type { Accepted, ComparedRound, ComparisonState, EventName, Events } from "./contract.js";
import { CompareClock } from "./compare-clock.js";
import { failureOf } from "./failure.js";
import type { Occupied } from "./occupied.js";
import type { ControlSide } from "./side.js";

const KEPT = 20; // comparisons, those under way included
const PROGRESS_MS = 200; // between messages on progress

type Broadcast = <E extends EventName>(name: E, payload: Events[E]) => void;

interface Going {
  state: ComparisonState;
  readonly clock: CompareClock;
  readonly stop: AbortController;
  done: Promise<void>;
  flush: NodeJS.Timeout | undefined;
}

export class Comparisons {
  readonly #all = new Map<string, Going>(); // oldest first

  constructor(
    private readonly side: ControlSide,
    private readonly occupied: Occupied,
    private readonly broadcast: Broadcast,
  ) {}

  /** Newest first. */
  list(): ComparisonState[] {
    return [...this.#all.values()].map((going) => this.#current(going)).reverse();
  }

  /** Goes on to its end, whether or not a UI listens. */
  start({ engines, rounds, run }: Accepted<"compare.start">): string {
    const release = this.occupied.take(run.target, "comparison");
    const id = randomUUID();
    const { target, model, tokens, threads = null } = run;
    const state: ComparisonState = {
      ...{ id, engines, rounds, target, model, tokens, threads, prompt: run.prompt ?? "" },
      startedAt: new Date().toISOString(),
      ...{ status: "running", step: null, progress: null, etaSeconds: null },
      ...{ done: [], result: null, failure: null },
    };
    const stop = new AbortController();
    const going: Going = {
      ...{ state, stop, clock: new CompareClock(engines, rounds), done: Promise.resolve(), flush: undefined },
    };
    this.#all.set(id, going);
    this.#forgetOldest();
    going.done = this.#carryOut(going, run).finally(release);
    return id;
  }

  /** Asks it to end; "compare.finished" says when it has. */
  cancel(id: string): void {
    const going = this.#all.get(id);
    if (going?.state.status !== "running") {
      throw new PhononError("no_such_comparison", "This comparison is not going on.");
    }
    going.stop.abort(new PhononError("cancelled", "Cancelled."));
  }

  async close(): Promise<void> {
    const all = [...this.#all.values()];
    for (const { stop } of all) stop.abort(new PhononError("cancelled", "Cancelled."));
    await Promise.allSettled(all.map(({ done }) => done));
  }

  async #carryOut(going: Going, run: Accepted<"compare.start">["run"]): Promise<void> {
    const { id, engines, rounds } = going.state;
    try {
      const result = await this.side.compare(
        { id, engines, rounds, run },
        {
          signal: going.stop.signal,
          onStep: (step) => this.#onStep(going, step),
          onProgress: (progress) => this.#onProgress(going, progress),
          onEvent: (event) => this.#onEvent(going, event),
          onRound: (round, _rounds, summary) => this.#onRound(going, round, summary),
        },
      );
      this.#finish(going, { status: "done", result: resultOf(result), failure: null });
    } catch (error) {
      const cancelled = going.stop.signal.aborted;
      if (!cancelled) console.error(`comparison ${id}: ${messageOf(error)}`);
      const failure = cancelled ? null : failureOf(error);
      this.#finish(going, { status: cancelled ? "cancelled" : "failed", result: null, failure });
    }
  }

  #onStep(going: Going, step: CompareStep): void {
    if (step.round !== null) going.clock.begin();
    this.#change(going, { step, progress: null });
  }

  #onProgress(going: Going, { phase, done, total }: Progress): void {
    this.#change(going, { progress: { phase, done, total } });
  }

  #onEvent(going: Going, event: AgentEvent): void {
    if (event.kind === "prefill") {
      this.#change(going, { progress: { phase: "prefill", done: event.done, total: event.total } });
    } else if (event.kind === "token") {
      this.#change(going, { progress: { phase: "decode", done: event.index + 1, total: going.state.tokens } });
    }
  }

  #onRound(going: Going, round: number, summary: RunSummary): void {
    const { step } = going.state;
    if (step !== null) going.clock.finished(step.engine);
    const done: ComparedRound = {
      ...{ round, engine: summary.engine, runId: summary.run_id, ttftMs: summary.ttft_ms },
      ...{ decodeTps: summary.decode_tps, prefillTps: summary.prefill_tps, peakBytes: summary.memory.peak_bytes },
    };
    this.#change(going, { done: [...going.state.done, done] });
    this.broadcast("compare.round", { id: going.state.id, done });
    this.broadcast("runs.changed", null);
  }

  #finish(going: Going, end: Events["compare.finished"]["end"]): void {
    clearTimeout(going.flush);
    going.state = { ...going.state, ...end, step: null, progress: null, etaSeconds: null };
    this.broadcast("compare.finished", { id: going.state.id, end });
    this.broadcast("runs.changed", null);
  }

  #change(going: Going, change: Partial<ComparisonState>): void {
    going.state = { ...going.state, ...change };
    going.flush ??= setTimeout(() => {
      going.flush = undefined;
      const { id, step, progress, etaSeconds } = this.#current(going);
      this.broadcast("compare.progress", { id, step, progress, etaSeconds });
    }, PROGRESS_MS);
  }

  #current({ state, clock }: Going): ComparisonState {
    return state.status === "running" ? { ...state, etaSeconds: clock.etaSeconds() } : state;
  }

  #forgetOldest(): void {
    for (const [id, { state }] of this.#all) {
      if (this.#all.size <= KEPT) return;
      if (state.status !== "running") this.#all.delete(id);
    }
  }
}

function resultOf({ kept_loaded, results, pairs, warnings }: Comparison): ComparisonState["result"] {
  return {
    keptLoaded: kept_loaded,
    results: results.map(({ engine, engine_build: engineBuild, kernels, threads }) => ({
      ...{ engine, engineBuild, kernels, threads },
    })),
    pairs,
    warnings,
  };
}
