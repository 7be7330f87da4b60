/**
 * The figures of a run over its course, in columns: what charts draw, live and replayed. Columns only grow and are
 * shared between the views of a run; the counts say how much of them is a view's own.
 */
import { SampleColumns, type SampleEvent } from "./trace-samples.js";
import { TokenColumns, type TokenEvent } from "./trace-tokens.js";

export { BATTERY_ZONE, type CoreColumns, type SampleColumns } from "./trace-samples.js";
export { MEDIAN_WINDOW, PARTS, type ActiveNeurons, type Part, type TokenColumns } from "./trace-tokens.js";

export interface Trace {
  count: number; // tokens
  firstMs: number | null; // when the first token came, since the run began
  lastMs: number | null;
  tokens: TokenColumns;
  sampleCount: number;
  samples: SampleColumns;
}

export const emptyTrace = (): Trace => ({
  count: 0,
  firstMs: null,
  lastMs: null,
  tokens: new TokenColumns(),
  sampleCount: 0,
  samples: new SampleColumns(),
});

/** `textEnd`: how long the run's text is with this token. Changes `trace`: for a view that nobody has seen yet. */
export function addToken(trace: Trace, event: TokenEvent, textEnd: number): void {
  trace.tokens.set(trace.count, event, textEnd);
  trace.count += 1;
  trace.firstMs ??= event.t_ms;
  trace.lastMs = event.t_ms;
}

export function addSample(trace: Trace, event: SampleEvent): void {
  trace.samples.set(trace.sampleCount, event);
  trace.sampleCount += 1;
}

/** From the first to the last token; null before there are two. */
export function meanTps({ count, firstMs, lastMs }: Trace): number | null {
  if (firstMs === null || lastMs === null || lastMs <= firstMs) return null;
  return ((count - 1) * 1000) / (lastMs - firstMs);
}

/** When the latest thing happened, in ms since the run began. */
export function lastMsOf({ lastMs, samples, sampleCount }: Trace): number {
  return Math.max(lastMs ?? 0, sampleCount === 0 ? 0 : samples.atMs.at(sampleCount - 1));
}
