/**
 * Battery and temperatures that an agent may not read itself (on most phones): asked for from outside, and filled into
 * the run's samples. Nothing is asked for before a sample shows that the agent does not know, nor on a target whose
 * readings come from the agent: asking costs the target's processor some time.
 */
import type { AgentEvent } from "../agent/messages.js";
import { delay } from "../base/time.js";
import type { BatterySample, Target } from "../targets/target.js";

const INTERVAL_MS = 5_000;

export class OutsideSamples {
  private readonly stopped = new AbortController();
  private reading: BatterySample | null = null; // null: none yet, or the target could not be asked
  private begun = false;

  constructor(
    private readonly target: Target,
    private readonly intervalMs = INTERVAL_MS,
  ) {}

  /** The event with what is known from outside, at most one interval old; any other event as it is. */
  complete(event: AgentEvent): AgentEvent {
    if (event.kind !== "sample" || (event.battery !== null && event.temps.length > 0)) return event;
    this.begin();
    if (!this.reading) return event;
    const { battery, temps } = this.reading;
    return { ...event, battery: event.battery ?? battery, temps: event.temps.length > 0 ? event.temps : temps };
  }

  stop(): void {
    this.stopped.abort();
  }

  private begin(): void {
    if (this.begun || !this.target.sampleBattery) return;
    this.begun = true;
    this.readOn().catch(() => undefined); // ends by being stopped
  }

  private async readOn(): Promise<void> {
    const { signal } = this.stopped;
    for (;;) {
      // An unplugged target has no battery to show; its last reading would be an old one.
      this.reading = (await this.target.sampleBattery?.({ signal }).catch(() => null)) ?? null;
      await delay(this.intervalMs, signal);
    }
  }
}
