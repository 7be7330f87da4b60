/** From a run's decode times to the rows of its speed chart. */
import type { SpeedTrace } from "../state/run-view.js";

export interface SpeedRow {
  token: number; // 1 is the first one that has a speed of its own
  instant: number; // tokens per second
  median: number;
}

/**
 * At most about `limit` rows. Where tokens must be left out, each stretch keeps its fastest and its slowest one, in
 * their order: a stall of one token in ten thousand stays visible.
 */
export function speedRows(trace: Pick<SpeedTrace, "count" | "stepMs" | "medianMs">, limit: number): SpeedRow[] {
  const tokens = trace.count - 1;
  if (tokens <= limit) return range(1, trace.count).map((index) => row(trace, index));
  const stretches = Math.max(1, Math.floor(limit / 2));
  const rows: SpeedRow[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * tokens) / stretches);
    const to = 1 + Math.floor(((stretch + 1) * tokens) / stretches);
    const [first, second] = extremes(trace.stepMs, from, to);
    rows.push(row(trace, first));
    if (second !== first) rows.push(row(trace, second));
  }
  return rows;
}

/** Where the smallest and the largest value of [from, to) are, in order. */
function extremes(values: readonly number[], from: number, to: number): [number, number] {
  let least = from;
  let most = from;
  for (let at = from; at < to; at++) {
    if ((values[at] as number) < (values[least] as number)) least = at;
    if ((values[at] as number) > (values[most] as number)) most = at;
  }
  return least < most ? [least, most] : [most, least];
}

function row({ stepMs, medianMs }: Pick<SpeedTrace, "stepMs" | "medianMs">, index: number): SpeedRow {
  return { token: index, instant: perSecond(stepMs[index]), median: perSecond(medianMs[index]) };
}

/** A clock that does not resolve a step says nothing of its speed; the shortest time it could have is a microsecond. */
function perSecond(ms: number | undefined): number {
  return 1000 / Math.max(ms ?? Infinity, 0.001);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

const FIRST_STAGE = 64;

/**
 * Where an axis of tokens ends. While more are expected it stands still and doubles when it is full, so that the line
 * neither creeps nor hides in a corner; afterwards it ends with the run.
 */
export function axisEnd(tokens: number, expected: number | null): number {
  if (expected === null) return Math.max(tokens, 1);
  let end = FIRST_STAGE;
  while (end < tokens) end *= 2;
  return Math.max(Math.min(end, expected), tokens, 1);
}

/** Round ticks from 0 to at most `end`, about `count` of them. */
export function niceTicks(end: number, count: number): number[] {
  const step = niceCeiling(end / count);
  return range(0, Math.floor(end / step + 1e-9) + 1).map((i) => i * step);
}

/** The next of 1, 2, 2.5, 5 times a power of ten: an axis that ends there has round ticks. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}
