/** What each thread did in some of a run's tokens: every so many, and the slowest. Kept in bounded memory. */
import type { AgentEvent } from "../../electron/ipc/contract.js";

export type TimelineEvent = Extract<AgentEvent, { kind: "timeline" }>;

/** As the protocol numbers them (electron/agent/messages/timeline.ts). */
export const SPAN_KINDS = [
  "attention",
  "predict",
  "admit",
  "compute",
  "stall",
  "idle",
  "read",
  "head",
  "sampling",
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export interface Span {
  kind: SpanKind;
  layer: number | null;
  from: number; // µs since the token began
  to: number;
}

export interface TimelineRow {
  label: string;
  spans: readonly Span[]; // in order, without overlaps
}

export interface TokenTimeline {
  index: number; // of the token, as charts count them
  ms: number;
  slow: boolean; // kept because it is one of the slowest
  rows: readonly TimelineRow[]; // compute threads, then the I/O thread
  dropped: number;
}

export const MOST_TIMELINES = 256;

/** Of those whose turn had come, every second one goes when there are too many. */
export function addTimeline(before: readonly TimelineEvent[], event: TimelineEvent): readonly TimelineEvent[] {
  const all = [...before, event];
  if (all.length <= MOST_TIMELINES) return all;
  let turn = 0;
  return all.filter(({ slow }) => slow || turn++ % 2 === 0).slice(-MOST_TIMELINES);
}

/** `cores`: that the compute threads are pinned to; -1: to none. */
export function timelineOf(event: TimelineEvent, cores: readonly number[]): TokenTimeline {
  const { index, ms, slow, threads, io, dropped } = event;
  const label = (thread: number) => ((cores[thread] ?? -1) < 0 ? `thread ${thread}` : `core ${cores[thread]}`);
  const rows = threads.map((numbers, thread) => ({ label: label(thread), spans: spansOf(numbers) }));
  return { index, ms, slow, rows: [...rows, { label: "I/O", spans: spansOf(io) }], dropped };
}

function spansOf(numbers: readonly number[]): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at + 3 < numbers.length; at += 4) {
    const [kind = 0, layer = -1, from = 0, length = 0] = numbers.slice(at, at + 4);
    const name = SPAN_KINDS[kind];
    if (name !== undefined) spans.push({ kind: name, layer: layer < 0 ? null : layer, from, to: from + length });
  }
  return spans;
}

/** What a thread does at a moment; null: nothing that was recorded. */
export function spanAt(spans: readonly Span[], us: number): Span | null {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.to ?? 0) > us) high = middle;
    else low = middle + 1;
  }
  const span = spans[low];
  return span !== undefined && span.from <= us ? span : null;
}

/** Microseconds by kind within [from, to): of the compute threads a mean, of the I/O thread its own. */
export function totals({ rows }: TokenTimeline, from: number, to: number): Record<SpanKind, number> {
  const sums = Object.fromEntries(SPAN_KINDS.map((kind) => [kind, 0])) as Record<SpanKind, number>;
  const threads = Math.max(1, rows.length - 1);
  for (const [at, { spans }] of rows.entries()) {
    const share = at < rows.length - 1 ? 1 / threads : 1;
    for (const span of spans) sums[span.kind] += share * Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
  }
  return sums;
}

/** Where each layer begins, in order: with the first thing any compute thread does in it. */
export function layerStarts({ rows }: TokenTimeline): { layer: number; from: number }[] {
  const starts = new Map<number, number>();
  for (const { spans } of rows.slice(0, -1)) {
    for (const { layer, from } of spans) {
      if (layer !== null) starts.set(layer, Math.min(starts.get(layer) ?? Infinity, from));
    }
  }
  return [...starts].map(([layer, from]) => ({ layer, from })).sort((a, b) => a.from - b.from);
}
