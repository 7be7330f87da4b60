/** Runs of the story model, greedy, so that every disturbance of a run can be held against an undisturbed one. */
import type { AgentEvent } from "../../electron/agent/messages.js";
import type { RunRequest, RunSummary } from "../../electron/runs/config.js";
import { startRun } from "../../electron/runs/execute.js";
import { tokensOf } from "./support.js";

export function request(changes: Partial<RunRequest> = {}): RunRequest {
  return { model: "story", prompt: "Once upon a time", tokens: 64, greedy: true, ignoreEnd: true, ...changes };
}

export interface Finished {
  summary: RunSummary;
  events: AgentEvent[];
}

/** Carries out a run; `work` is started once, when so many tokens have come, and is told how many have come since. */
export async function runTo(
  what: RunRequest,
  meanwhile?: { afterTokens: number; work: (tokensSoFar: () => number) => Promise<void> },
): Promise<Finished> {
  const events: AgentEvent[] = [];
  let working: Promise<void> | undefined;
  const onEvent = (event: AgentEvent): void => {
    events.push(event);
    if (meanwhile && !working && tokensOf(events).length >= meanwhile.afterTokens) {
      working = meanwhile.work(() => tokensOf(events).length);
    }
  };
  const handle = await startRun(what, { onEvent });
  const summary = await handle.done;
  await working;
  return { summary, events };
}
