/** Speed and time left of a transfer, told at most ten times a second. */
import type { Progress } from "./target.js";

const tellMs = 100;
/** Speed is that of the last seconds, so that a pause shows. */
const windowMs = 3_000;

export class ProgressMeter {
  done: number;
  private readonly marks: { at: number; done: number }[];
  private told = 0;

  constructor(
    private readonly phase: string,
    private readonly total: number,
    begin: number,
    private readonly tell: ((progress: Progress) => void) | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.done = begin;
    this.marks = [{ at: now(), done: begin }];
  }

  add(bytes: number): void {
    this.done += bytes;
    const at = this.now();
    if (at - this.told < tellMs && this.done < this.total) return;
    this.told = at;
    this.marks.push({ at, done: this.done });
    while (this.marks.length > 2 && at - (this.marks[0]?.at ?? at) > windowMs) this.marks.shift();
    const first = this.marks[0] ?? { at, done: this.done };
    const seconds = (at - first.at) / 1000;
    const bytesPerSecond = seconds > 0 ? (this.done - first.done) / seconds : null;
    const etaSeconds = bytesPerSecond ? (this.total - this.done) / bytesPerSecond : null;
    this.tell?.({ phase: this.phase, done: this.done, total: this.total, bytesPerSecond, etaSeconds });
  }
}
