/**
 * Columns of numbers that only grow. Views of a run share them; each view's own count says how much of a column is its.
 * What was never set is NaN: the device did not tell.
 */
type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const FIRST_CAPACITY = 64;

export class Column {
  #values: Numbers;

  private constructor(private readonly make: (length: number) => Numbers) {
    this.#values = make(FIRST_CAPACITY).fill(NaN);
  }

  /** Seven digits: parts of a token's time, loads, temperatures. */
  static single(): Column {
    return new Column((length) => new Float32Array(length));
  }

  /** Times since the run began, bytes. */
  static double(): Column {
    return new Column((length) => new Float64Array(length));
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

  #grow(needed: number): void {
    const larger = this.make(Math.max(needed, 2 * this.#values.length)).fill(NaN, this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }
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
