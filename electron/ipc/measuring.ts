/**
 * Measuring targets, as `phonon probe` does, for what plans are made from: a minute at most, in which nothing else may go on
 * there. It goes on to its end whether or not a UI listens. Single-threaded; lives as long as the shell.
 */
import type { Broadcast, MeasureState } from "./contract.js";
import { failureOf } from "./failure.js";
import type { Occupied } from "./occupied.js";
import type { ControlSide } from "./side.js";

interface Measurement {
  step: NonNullable<MeasureState["step"]>;
  readonly stop: AbortController;
  done: Promise<void>;
}

export class Measuring {
  readonly #now = new Map<string, Measurement>(); // by target

  constructor(
    private readonly side: ControlSide,
    private readonly occupied: Occupied,
    private readonly broadcast: Broadcast,
  ) {}

  async state(target: string): Promise<MeasureState> {
    const measuredAt = await this.side.measuredAt(target);
    return { target, step: this.#now.get(target)?.step ?? null, measuredAt, failure: null };
  }

  /** Throws "busy" where something goes on on the target. */
  start(target: string): void {
    const release = this.occupied.take(target, "measurement");
    const step = { what: "bringing the agent there", done: 0, total: 0 };
    const measurement: Measurement = { step, stop: new AbortController(), done: Promise.resolve() };
    this.#now.set(target, measurement);
    measurement.done = this.#toItsEnd(target, measurement, release);
  }

  cancel(target: string): void {
    this.#now.get(target)?.stop.abort();
  }

  async close(): Promise<void> {
    const all = [...this.#now.values()];
    for (const { stop } of all) stop.abort();
    await Promise.all(all.map(({ done }) => done));
  }

  async #toItsEnd(target: string, measurement: Measurement, release: () => void): Promise<void> {
    let failure: MeasureState["failure"] = null;
    try {
      const before = await this.side.measuredAt(target);
      await this.side.measure(target, {
        signal: measurement.stop.signal,
        onMeasurement: ({ what, done, total }) => {
          measurement.step = { what, done, total };
          this.broadcast("targets.measuring", { target, step: measurement.step, measuredAt: before, failure: null });
        },
      });
    } catch (error) {
      failure = failureOf(error);
    }
    this.#now.delete(target);
    release();
    const measuredAt = await this.side.measuredAt(target);
    this.broadcast("targets.measuring", { target, step: null, measuredAt, failure });
  }
}
