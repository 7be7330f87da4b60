/**
 * Gathers what comes often and hands it on at most once per interval; the first of a lull goes at once. Much that has come
 * together is handed on in several tasks, so that the page stays responsive.
 */
export class Batcher<T> {
  #waiting: T[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = -Infinity;

  constructor(
    private readonly intervalMs: number,
    /** How many of the first items one task may take, at least one. */
    private readonly fitting: (items: readonly T[]) => number,
    private readonly deliver: (items: T[]) => void,
  ) {}

  add(items: readonly T[]): void {
    this.#waiting.push(...items);
    const wait = this.#last + this.intervalMs - performance.now();
    if (wait <= 0 && this.#timer === undefined) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }

  /** Hands on what is waiting: as much as may be now, the rest in the next tasks. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const items = this.#waiting.splice(0, this.fitting(this.#waiting));
    this.#last = performance.now();
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.flush(), 0);
    this.deliver(items);
  }

  clear(): void {
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
