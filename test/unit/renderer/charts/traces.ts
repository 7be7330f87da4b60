/** Traces for tests of what is drawn of them. */
import type { AgentEvent } from "../../../../electron/agent/messages.js";
import { addSample, addToken, emptyTrace, type Trace } from "../../../../renderer/state/trace.js";
import { sample, token } from "../events.js";

type Of<K extends AgentEvent["kind"]> = Extract<AgentEvent, { kind: K }>;

/** Tokens with these steps, the first token at 100 ms; its own step is not one. */
export function traceOf(steps: readonly number[], active?: (token: number) => number[]): Trace {
  const trace = emptyTrace();
  let ms = 100;
  steps.forEach((step, index) => {
    if (index > 0) ms += step;
    const event = token(index + 1, index, "x", ms, step) as Of<"token">;
    addToken(trace, active ? { ...event, active: active(index) } : event, index + 1);
  });
  return trace;
}

export function withSamples(trace: Trace, samples: readonly (Partial<Of<"sample">> & { t_ms: number })[]): Trace {
  for (const change of samples) addSample(trace, { ...(sample(1, change.t_ms, 1 << 20) as Of<"sample">), ...change });
  return trace;
}
