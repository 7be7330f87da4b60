/** The comparisons of this program's life. */
import { randomUUID } from "node:crypto";
import type { Comparison } from "../runs/compare.js";
import type { RunSummary } from "../runs/config.js";
import type { Accepted, Broadcast, ComparedRound, ComparisonState } from "./contract.js";
import { CompareClock } from "./compare-clock.js";
import type { Occupied } from "./occupied.js";
import type { ControlSide } from "./side.js";
import { LongWork, type Work } from "./work.js";

export class Comparisons {
  readonly #work: LongWork<ComparisonState>;

  constructor(
    private readonly side: ControlSide,
    private readonly occupied: Occupied,
    private readonly broadcast: Broadcast,
  ) {
    this.#work = new LongWork("comparison", {
      progress: ({ id, step, progress, etaSeconds }) =>
        broadcast("compare.progress", { id, step, progress, etaSeconds }),
      finished: ({ id, status, result, failure }) => {
        broadcast("compare.finished", { id, end: { status, result, failure } });
        broadcast("runs.changed", null);
      },
    });
  }

  /** Newest first. */
  list = (): ComparisonState[] => this.#work.list();
  cancel = (id: string): void => this.#work.cancel(id);
  close = (): Promise<void> => this.#work.close();

  start({ engines, rounds, run }: Accepted<"compare.start">): string {
    const release = this.occupied.take(run.target, "comparison");
    const id = randomUUID();
    const { target, model, tokens, threads = null, memory = null, coldCache: isCold } = run;
    const state: ComparisonState = {
      ...{ id, engines, rounds, target, model, tokens, threads, memory, isCold, prompt: run.prompt ?? "" },
      startedAt: new Date().toISOString(),
      ...{ status: "running", step: null, progress: null, etaSeconds: null },
      ...{ done: [], result: null, failure: null },
    };
    const carryOut = async (work: Work<ComparisonState>) => {
      const onRound = (round: number, _rounds: number, summary: RunSummary) => this.#onRound(work, round, summary);
      const hooks = { ...this.#work.hooksOf(work), onRound };
      return { result: resultOf(await this.side.compare({ id, engines, rounds, run }, hooks)) };
    };
    this.#work.start(state, new CompareClock(engines, rounds), carryOut, release);
    return id;
  }

  #onRound(work: Work<ComparisonState>, round: number, summary: RunSummary): void {
    const { id, step } = work.state;
    if (step !== null) work.clock.finished(step.engine);
    const done: ComparedRound = {
      ...{ round, engine: summary.engine, runId: summary.run_id, ttftMs: summary.ttft_ms },
      ...{ decodeTps: summary.decode_tps, prefillTps: summary.prefill_tps, peakBytes: summary.memory.peak_bytes },
      parts: summary.decode_parts_ms ?? null,
    };
    this.#work.change(work, { done: [...work.state.done, done] });
    this.broadcast("compare.round", { id, done });
    this.broadcast("runs.changed", null);
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
