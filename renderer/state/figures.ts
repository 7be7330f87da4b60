/** The figures of a run, the same ones while it goes on and after it: null where there is nothing to tell yet. */
import { quantileSorted } from "simple-statistics";
import type { RunView, SpeedTrace } from "./run-view.js";

export interface Figures {
  decodeTps: number | null; // (tokens - 1) / (time from the first to the last token)
  ttftMs: number | null;
  prefillTps: number | null;
  stepP50Ms: number | null; // time per token
  stepP99Ms: number | null;
  memoryBytes: number | null; // peak, once the run has ended
}

export function figuresOf(view: RunView): Figures {
  const { summary, ended, prefill } = view;
  const steps = summary === null ? sortedSteps(view.speed) : new Float64Array();
  return {
    decodeTps: summary?.decode_tps ?? decodeTps(view.speed),
    ttftMs: summary?.ttft_ms ?? ended?.ttft_ms ?? view.speed.firstMs,
    prefillTps: summary?.prefill_tps ?? (prefill && prefill.ms > 0 ? (prefill.done * 1000) / prefill.ms : null),
    stepP50Ms: summary?.decode_ms.p50 ?? quantile(steps, 0.5),
    stepP99Ms: summary?.decode_ms.p99 ?? quantile(steps, 0.99),
    memoryBytes: view.ended ? (summary?.memory.peak_bytes ?? view.peakMemory) : view.memory,
  };
}

function decodeTps({ count, firstMs, lastMs }: SpeedTrace): number | null {
  if (firstMs === null || lastMs === null || lastMs <= firstMs) return null;
  return ((count - 1) * 1000) / (lastMs - firstMs);
}

/** The steps after the first token. */
function sortedSteps({ stepMs, count }: SpeedTrace): Float64Array {
  return Float64Array.from(stepMs.slice(1, count)).sort();
}

/** By the same rule as the summary's. */
function quantile(sorted: Float64Array, q: number): number | null {
  return sorted.length === 0 ? null : quantileSorted(sorted as unknown as number[], q); // it only indexes
}
