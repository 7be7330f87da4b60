/** The x axis that all charts of a run share: by token or by time, and which part of it is in view. */
import { Column, countUpTo } from "../../state/columns.js";
import { lastMsOf, type SampleColumns, type Trace } from "../../state/trace.js";
import { axisEnd, timeEnd } from "./scale.js";
import type { Range } from "./thin.js";

export type XMode = "tokens" | "time";

/** In tokens, or in ms since the run began. */
export interface XView {
  mode: XMode;
  from: number;
  to: number;
}

/** Everything there is; with room for what is to come while `expected` tokens are awaited. */
export function fullView(trace: Trace, mode: XMode, expected: number | null): XView {
  if (mode === "tokens") return { mode, from: 0, to: axisEnd(trace.count - 1, expected) };
  return { mode, from: 0, to: timeEnd(lastMsOf(trace), expected !== null) };
}

export function xOfToken(trace: Trace, mode: XMode, token: number): number {
  return mode === "tokens" ? token : trace.tokens.atMs.at(token);
}

export function xOfSample(trace: Trace, mode: XMode, sample: number): number {
  return mode === "time" ? trace.samples.atMs.at(sample) : tokenOfSample(trace, sample);
}

/** Where samples are among tokens, as far as the token after each is known: charts ask for it with every redraw. */
const placed = new WeakMap<SampleColumns, { tokens: Column; filled: number }>();

function tokenOfSample(trace: Trace, sample: number): number {
  const { samples, lastMs } = trace;
  let places = placed.get(samples);
  if (places === undefined) placed.set(samples, (places = { tokens: Column.double(), filled: 0 }));
  for (; places.filled <= sample; places.filled++) {
    const ms = samples.atMs.at(places.filled);
    if (lastMs === null || ms >= lastMs) return tokenAtMs(trace, samples.atMs.at(sample));
    places.tokens.set(places.filled, tokenAtMs(trace, ms));
  }
  return places.tokens.at(sample);
}

/** Between which tokens a moment was, as a fraction; NaN before the first one. */
export function tokenAtMs({ tokens, count }: Trace, ms: number): number {
  const before = countUpTo(tokens.atMs, count, ms) - 1;
  if (before < 0) return NaN;
  if (before === count - 1) return before;
  const [from, to] = [tokens.atMs.at(before), tokens.atMs.at(before + 1)];
  return before + (to > from ? (ms - from) / (to - from) : 0);
}

export function msAtToken({ tokens, count }: Trace, token: number): number {
  const before = Math.max(0, Math.min(Math.floor(token), count - 1));
  const from = tokens.atMs.at(before);
  const to = before + 1 < count ? tokens.atMs.at(before + 1) : from;
  return from + Math.min(token - before, 1) * (to - from);
}

/** What is in view, and one on each side of it, so that lines reach the edges. */
export function tokensIn(trace: Trace, { mode, from, to }: XView): Range {
  if (mode === "time") return around(countUpTo(trace.tokens.atMs, trace.count, from), to, trace);
  return { from: clamp(Math.floor(from), trace.count), to: clamp(Math.ceil(to) + 1, trace.count) };
}

function around(first: number, toMs: number, { tokens, count }: Trace): Range {
  return { from: clamp(first - 1, count), to: clamp(countUpTo(tokens.atMs, count, toMs) + 1, count) };
}

export function samplesIn(trace: Trace, view: XView): Range {
  const { samples, sampleCount } = trace;
  const [from, to] =
    view.mode === "time" ? [view.from, view.to] : [msAtToken(trace, view.from), msAtToken(trace, view.to)];
  return {
    from: clamp(countUpTo(samples.atMs, sampleCount, from) - 1, sampleCount),
    to: clamp(countUpTo(samples.atMs, sampleCount, to) + 1, sampleCount),
  };
}

const clamp = (index: number, count: number) => Math.max(0, Math.min(index, count));

/** The token that is meant by a place on the axis; null: there is none yet. */
export function tokenAt(trace: Trace, mode: XMode, x: number | null): number | null {
  if (trace.count === 0) return null;
  if (x === null) return trace.count - 1;
  const token = mode === "tokens" ? x : tokenAtMs(trace, x);
  return Math.max(0, Math.min(Math.round(Number.isNaN(token) ? 0 : token), trace.count - 1));
}

/** The latest sample that had been taken then. */
export function sampleAt(trace: Trace, mode: XMode, x: number | null): number | null {
  const { samples, sampleCount } = trace;
  if (sampleCount === 0) return null;
  if (x === null) return sampleCount - 1;
  const ms = mode === "time" ? x : msAtToken(trace, x);
  return Math.max(0, countUpTo(samples.atMs, sampleCount, ms) - 1);
}
