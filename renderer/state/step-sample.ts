/** Every nth of the steps of a run, never more than can be sorted in a millisecond or two: enough for its quantiles. */
const MOST = 16_384;

export class StepSample {
  #values: number[] = [];
  #every = 1;
  #count = 0;

  add(ms: number): void {
    if (this.#count++ % this.#every !== 0) return;
    this.#values.push(ms);
    if (this.#values.length < MOST) return;
    this.#values = this.#values.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
  }

  sorted(): Float64Array {
    return Float64Array.from(this.#values).sort();
  }
}
