import type { AgentEvent } from "../agent/messages.js";
import type { Progress } from "../targets/target.js";

/** How far a run of at most `tokens` tokens is; null: the event does not say. */
export function eventProgress(event: AgentEvent, tokens: number): Progress | null {
  if (event.kind === "prefill") return step("prefill", event.done, event.total, event.ms);
  if (event.kind === "token") return step("decoding", event.index + 1, tokens, event.t_ms);
  return null;
}

/** `ms`: what the steps that are done took. */
export function step(phase: string, done: number, total: number, ms: number): Progress {
  const etaSeconds = done > 0 ? (ms * (total - done)) / done / 1000 : null;
  return { phase, done, total, bytesPerSecond: null, etaSeconds };
}
