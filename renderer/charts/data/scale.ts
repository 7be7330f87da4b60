/** Where axes end and where their ticks are. */
const FIRST_TOKENS = 64;
const FIRST_MS = 1000;

/**
 * Where an axis of tokens ends. While more are expected it stands still and doubles when it is full, so that the line
 * neither creeps nor hides in a corner; afterwards it ends with the run.
 */
export function axisEnd(tokens: number, expected: number | null): number {
  if (expected === null) return Math.max(tokens, 1);
  return Math.max(Math.min(doubled(FIRST_TOKENS, tokens), expected), tokens, 1);
}

/** The same of an axis of time; nobody knows how long a run will take. */
export function timeEnd(ms: number, live: boolean): number {
  return live ? doubled(FIRST_MS, ms) : Math.max(ms, 1);
}

function doubled(first: number, reached: number): number {
  let end = first;
  while (end < reached) end *= 2;
  return end;
}

export interface Axis {
  from: number;
  to: number;
  ticks: number[];
}

const HEADROOM = 1.05;

/** An axis of values from 0, or from below it where there are values: it ends at a round tick, in stages. */
export function valueAxis(least: number, most: number, steps: number): Axis {
  const top = Math.max(0, finite(most)) * HEADROOM;
  const bottom = Math.min(0, finite(least)) * HEADROOM;
  const step = niceCeiling((top - bottom) / steps);
  const to = step * Math.max(Math.ceil(top / step - 1e-9), bottom < 0 ? 0 : 1);
  const from = -step * Math.ceil(-bottom / step - 1e-9) || 0;
  return { from, to, ticks: niceTicks(from, to, steps) };
}

/** An axis of values of which 0 is nothing special: it begins and ends at round ticks around them. */
export function rangeAxis(least: number, most: number, narrowest: number, steps: number): Axis {
  const middle = (finite(least) + finite(most)) / 2;
  const half = Math.max(finite(most) - finite(least), narrowest) / 2;
  const step = niceCeiling((2 * half) / steps);
  const from = step * Math.floor((middle - half) / step);
  const to = step * Math.ceil((middle + half) / step);
  return { from, to, ticks: niceTicks(from, to, steps + 1) };
}

const finite = (value: number) => (Number.isFinite(value) ? value : 0);

/** Round ticks within [from, to], about `count` of them. */
export function niceTicks(from: number, to: number, count: number): number[] {
  const step = niceCeiling((to - from) / count);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

/** The next of 1, 2, 2.5, 5 times a power of ten: an axis that ends there has round ticks. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}
