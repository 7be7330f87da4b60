/** What a run from a pack will take, by the planner, so that prediction and measurement stand side by side. */
import type { Prediction } from "../store/index.js";
import type { RunConfig } from "./config.js";
import { planRun, type PlannedRun } from "./plan.js";

const CHARACTERS_PER_TOKEN = 4; // of a text that has not been tokenised yet

/** Null: it cannot be foreseen, where the target has not been measured or stages are left out. Never stops a run. */
export async function foresee(config: RunConfig, model: string, signal?: AbortSignal): Promise<Prediction | null> {
  const { engine, target, memory, context, threads, cores, batch, eviction, cacheNeurons, activation, off } = config;
  if (engine !== "phonon" || (off?.length ?? 0) > 0) return null;
  const query = { target, model, memory, context, batch, eviction, cacheNeurons, activation };
  try {
    return figuresOf(
      await planRun(
        { ...query, threads: threads ?? cores?.length, promptTokens: promptLength(config) },
        signal ? { signal } : {},
      ),
    );
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

const promptLength = ({ promptTokens, promptRandom, prompt = "" }: RunConfig): number =>
  Math.max(1, promptTokens?.length ?? promptRandom ?? Math.ceil(prompt.length / CHARACTERS_PER_TOKEN));

const figuresOf = ({ plan: { decode, prefill, memory, activity } }: PlannedRun): Prediction => ({
  decode_tps: decode.tokens_per_s,
  prefill_tps: prefill.tokens_per_s,
  ttft_ms: prefill.ttft_ms,
  hit_rate: decode.hit_rate,
  peak_bytes: memory.peak_bytes,
  assumed: activity.assumed,
});
