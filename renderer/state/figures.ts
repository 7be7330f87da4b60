/** The figures of a run, the same ones while it goes on and after it: null where there is nothing to tell yet. */
import { quantileSorted } from "simple-statistics";
import type { RunView, StreamedSums } from "./run-view.js";
import { meanTps } from "./trace.js";

export interface Figures {
  decodeTps: number | null; // (tokens - 1) / (time from the first to the last token)
  ttftMs: number | null;
  prefillTps: number | null;
  stepP50Ms: number | null; // time per token
  stepP99Ms: number | null;
  memoryBytes: number | null; // peak, once the run has ended
  streamed: StreamedFigures | null; // of a model streamed from flash
}

/** Of the tokens after the first. */
export interface StreamedFigures {
  hitRate: number | null; // of the neurons looked for
  misses: number | null; // neurons a token, mean
  readBytes: number | null; // a token, mean
  stallShare: number | null; // of the time, waiting for flash
}

export function figuresOf(view: RunView): Figures {
  const { summary, ended, prefill } = view;
  const steps = summary === null ? view.trace.tokens.steps.sorted() : new Float64Array();
  return {
    decodeTps: summary?.decode_tps ?? meanTps(view.trace),
    ttftMs: summary?.ttft_ms ?? ended?.ttft_ms ?? view.trace.firstMs,
    prefillTps: summary?.prefill_tps ?? (prefill && prefill.ms > 0 ? (prefill.done * 1000) / prefill.ms : null),
    stepP50Ms: summary?.decode_ms.p50 ?? quantile(steps, 0.5),
    stepP99Ms: summary?.decode_ms.p99 ?? quantile(steps, 0.99),
    memoryBytes: view.ended ? (summary?.memory.peak_bytes ?? view.peakMemory) : view.memory,
    streamed: view.started?.report.stream === undefined ? null : streamedFigures(view.streamed),
  };
}

/** By the same rule as the summary's. */
function quantile(sorted: Float64Array, q: number): number | null {
  return sorted.length === 0 ? null : quantileSorted(sorted as unknown as number[], q); // it only indexes
}

function streamedFigures({ tokens, hits, misses, readBytes, stallMs, ms }: StreamedSums): StreamedFigures {
  const each = (sum: number) => (tokens > 0 ? sum / tokens : null);
  return {
    hitRate: hits + misses > 0 ? hits / (hits + misses) : null,
    misses: each(misses),
    readBytes: each(readBytes),
    stallShare: ms > 0 ? stallMs / ms : null,
  };
}
