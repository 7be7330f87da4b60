/** Median of the latest values: steady where single slow tokens would throw a mean about. */
export class RollingMedian {
  readonly #recent: number[] = []; // oldest first
  readonly #sorted: number[] = [];

  constructor(private readonly size: number) {}

  /** Adds a value and returns the median of the latest `size` ones. */
  add(value: number): number {
    this.#recent.push(value);
    this.#sorted.splice(this.#place(value), 0, value);
    if (this.#recent.length > this.size) {
      const oldest = this.#recent.shift() as number;
      this.#sorted.splice(this.#place(oldest), 1);
    }
    const middle = (this.#sorted.length - 1) / 2;
    const low = this.#sorted[Math.floor(middle)] as number;
    const high = this.#sorted[Math.ceil(middle)] as number;
    return (low + high) / 2;
  }

  /** Index of the first sorted value that is not below `value`. */
  #place(value: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
