import type { AgentEvent } from "../agent/messages.js";

/** However slow they come, so many tokens are waited for: their speed would mean nothing otherwise. */
export const LEAST_TIMED_TOKENS = 8;

/** When decoding has gone on for as long as was asked for. */
export class DecodeLimit {
  private first: number | undefined; // t_ms of the first token

  constructor(private readonly seconds: number | undefined) {}

  /** Takes a run's events in order. */
  reachedBy(event: AgentEvent): boolean {
    if (this.seconds === undefined || event.kind !== "token") return false;
    this.first ??= event.t_ms;
    return event.index + 1 >= LEAST_TIMED_TOKENS && event.t_ms - this.first >= 1000 * this.seconds;
  }
}
