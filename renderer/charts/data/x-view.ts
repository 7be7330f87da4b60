/** The x axis that all charts of a run share: by token or by time, and which part of it is in view. */
import { Column, countUpTo } from "../../state/columns.js";
import type { Rows } from "../../state/thinning.js";
import { lastMsOf, type SampleColumns, type Trace } from "../../state/trace.js";
import { axisEnd, timeEnd } from "./scale.js";
import type { Range } from "./thin.js";

export type XMode = "tokens" | "time" | "microseconds" | "percent" | "places";

/** In tokens, in ms since the run began; of charts with an axis of their own in what their mode says. */
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

export const rowsOf = (trace: Trace, of: "tokens" | "samples"): Rows =>
  of === "tokens" ? trace.tokenRows : trace.sampleRows;

/** The rows that were thinned together with a row: [first, last]. Between them they have the extremes of both. */
export const together = (row: number, { thinned }: Rows): [number, number] =>
  row < thinned ? [row & ~1, row | 1] : [row, row];

/** The tokens that a row stands for, with those that were thinned together with it: [first, last]. */
export function tokensOfRow({ tokens: { number }, tokenRows }: Trace, row: number): [number, number] {
  const [from, to] = together(row, tokenRows);
  return [number.at(from), from === to ? number.at(to) : number.at(to + 1) - 1];
}

/** The row that has a token. */
export const rowOfToken = ({ tokens, tokenRows }: Trace, token: number): number =>
  Math.max(0, countUpTo(tokens.number, tokenRows.count, token) - 1);

/** Of a row of tokens. */
export function xOfToken({ tokens }: Trace, mode: XMode, row: number): number {
  return mode === "tokens" ? tokens.number.at(row) : tokens.atMs.at(row);
}

/** Of a row of samples. */
export function xOfSample(trace: Trace, mode: XMode, row: number): number {
  return mode === "time" ? trace.samples.atMs.at(row) : tokenOfSample(trace, row);
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
export function tokenAtMs({ tokens: { number, atMs }, tokenRows: { count } }: Trace, ms: number): number {
  return between(atMs, number, count, ms);
}

/** The first token's moment for what is before it. */
export function msAtToken({ tokens: { number, atMs }, tokenRows: { count }, firstMs }: Trace, token: number): number {
  const ms = between(number, atMs, count, token);
  return Number.isNaN(ms) ? (firstMs ?? NaN) : ms;
}

/** Where `value` of an ascending column is in another one, between two rows; NaN before the first one. */
function between(from: Column, to: Column, count: number, value: number): number {
  const row = countUpTo(from, count, value) - 1;
  if (row < 0) return NaN;
  if (row === count - 1) return to.at(row);
  const width = from.at(row + 1) - from.at(row);
  return to.at(row) + (width > 0 ? (value - from.at(row)) / width : 0) * (to.at(row + 1) - to.at(row));
}

/** The rows that are in view, and one on each side of them, so that lines reach the edges. */
export function tokensIn({ tokens, tokenRows }: Trace, { mode, from, to }: XView): Range {
  return around(mode === "time" ? tokens.atMs : tokens.number, tokenRows, from, to);
}

export function samplesIn(trace: Trace, view: XView): Range {
  const [from, to] =
    view.mode === "time" ? [view.from, view.to] : [msAtToken(trace, view.from), msAtToken(trace, view.to)];
  return around(trace.samples.atMs, trace.sampleRows, from, to);
}

function around(places: Column, { count }: Rows, from: number, to: number): Range {
  return {
    from: clamp(countUpTo(places, count, from) - 1, count),
    to: clamp(countUpTo(places, count, to) + 1, count),
  };
}

const clamp = (row: number, count: number) => Math.max(0, Math.min(row, count));

/** The row of the token that is meant by a place on the axis; null: there is none yet. */
export function tokenAt(trace: Trace, mode: XMode, x: number | null): number | null {
  const { count } = trace.tokenRows;
  if (count === 0) return null;
  if (x === null) return count - 1;
  const token = mode === "tokens" ? x : tokenAtMs(trace, x);
  return rowOfToken(trace, Math.round(token || 0));
}

/** The row of the latest sample that had been taken then. */
export function sampleAt(trace: Trace, mode: XMode, x: number | null): number | null {
  const { samples, sampleRows } = trace;
  if (sampleRows.count === 0) return null;
  if (x === null) return sampleRows.count - 1;
  const ms = mode === "time" ? x : msAtToken(trace, x);
  return Math.max(0, countUpTo(samples.atMs, sampleRows.count, ms) - 1);
}
