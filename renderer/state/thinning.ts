/**
 * How a run of any length is kept in bounded memory. When there are as many rows as may be, all but the latest are put
 * together, so that each of them stands for as many tokens (or samples) as the others. What a line shows keeps every
 * extreme, at most two rows from where it was; the run's bundle keeps everything.
 */
export interface Rows {
  count: number;
  thinned: number; // of them, from the first one on, each stands for `stride`
  stride: number;
}

export const NO_ROWS: Rows = { count: 0, thinned: 0, stride: 1 };

/** The rows [from, to) of the first `count` become half as many. `to - from` is a multiple of 4. */
export interface Cut {
  from: number;
  to: number;
  count: number;
}

/** The rows that are left of `most`, a power of two from 64 on, and the cuts that lead there, one after the other. */
export function thinnedRows({ count, thinned, stride }: Rows, most: number): { rows: Rows; cuts: Cut[] } {
  const cuts: Cut[] = [];
  const halve = (from: number, to: number) => {
    cuts.push({ from, to, count });
    count -= (to - from) / 2;
  };
  const older = count - most / 8;
  const joined = 8 * Math.floor((thinned + (older - thinned) / stride) / 8);
  for (let rows = (joined - thinned) * stride; thinned + rows > joined; rows /= 2) halve(thinned, thinned + rows);
  thinned = joined;
  if (thinned > most / 2) {
    halve(0, thinned);
    thinned /= 2;
    stride = Math.min(2 * stride, most / 64); // beyond that, those from the beginning stand for more
  }
  return { rows: { count, thinned, stride }, cuts };
}

/** What two rows keep of four: of the four their extremes, in their order; or of each two one value. */
export type Keeps = "extremes" | "first" | "mean" | "greatest";

export const greater = (a: number, b: number) => (Number.isNaN(a) || b > a ? b : a);
const lesser = (a: number, b: number) => (Number.isNaN(a) || b < a ? b : a);
const mean = (a: number, b: number) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : (a + b) / 2);

export const ONE_OF_TWO: Record<Exclude<Keeps, "extremes">, (a: number, b: number) => number> = {
  first: (a) => a,
  mean,
  greatest: greater,
};

export function extremesOf(a: number, b: number, c: number, d: number): readonly [number, number] {
  const least = lesser(lesser(a, b), lesser(c, d));
  const most = greater(greater(a, b), greater(c, d));
  const isRising = a === least || (a !== most && (b === least || (b !== most && c === least)));
  return isRising ? [least, most] : [most, least];
}
