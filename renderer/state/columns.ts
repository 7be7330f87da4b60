/**
 * Columns of numbers that only grow. Views of a run share them; each view's own count says how much of a column is its.
 * What was never set is NaN: the device did not tell.
 */
import { extremesOf, ONE_OF_TWO, type Cut, type Keeps } from "./thinning.js";

type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const FIRST_CAPACITY = 64;
const GROWTH = 1.5;

export class Column {
  #values: Numbers;

  private constructor(
    private readonly make: (length: number) => Numbers,
    private readonly keeps: Keeps, // where it is thinned
  ) {
    this.#values = make(FIRST_CAPACITY).fill(NaN);
  }

  /** Seven digits: parts of a token's time, loads, temperatures. */
  static single(keeps: Keeps = "extremes"): Column {
    return new Column((length) => new Float32Array(length), keeps);
  }

  /** Times since the run began, bytes. */
  static double(keeps: Keeps = "extremes"): Column {
    return new Column((length) => new Float64Array(length), keeps);
  }

  set(index: number, value: number | null | undefined): void {
    if (index >= this.#values.length) this.#grow(index + 1);
    this.#values[index] = value ?? NaN;
  }

  at(index: number): number {
    return this.#values[index] ?? NaN;
  }

  /** The values of [from, to), not a copy. */
  slice(from: number, to: number): Numbers {
    if (to > this.#values.length) this.#grow(to);
    return this.#values.subarray(from, to);
  }

  /** Another column with fewer rows of `width` values each: those who look at this one are not disturbed. */
  thinned(cuts: readonly Cut[], width = 1): Column {
    const after = new Column(this.make, this.keeps);
    after.#values = this.slice(0, width * Math.max(0, ...cuts.map(({ count }) => count))).slice();
    for (const cut of cuts) halve(after.#values, cut, width, this.keeps);
    return after;
  }

  #grow(needed: number): void {
    const capacity = Math.max(needed, Math.ceil(GROWTH * this.#values.length));
    const larger = this.make(capacity).fill(NaN, this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }
}

function halve(values: Numbers, { from, to, count }: Cut, width: number, keeps: Keeps): void {
  const oneOf = keeps === "extremes" ? null : ONE_OF_TWO[keeps];
  const value = (at: number) => values[at] ?? NaN;
  for (let row = from, into = from * width; row < to; row += 4, into += 2 * width) {
    for (let lane = 0; lane < width; lane++) {
      const at = row * width + lane;
      const [a, b, c, d] = [value(at), value(at + width), value(at + 2 * width), value(at + 3 * width)];
      const [early, late] = oneOf === null ? extremesOf(a, b, c, d) : [oneOf(a, b), oneOf(c, d)];
      values[into + lane] = early;
      values[into + width + lane] = late;
    }
  }
  const gone = (to - from) / 2;
  values.copyWithin((to - gone) * width, to * width, count * width);
  values.fill(NaN, (count - gone) * width, count * width);
}

/** How many of the first `count` values of an ascending column are at most `value`. */
export function countUpTo(column: Column, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column.at(middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
