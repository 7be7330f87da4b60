import type { AgentEvent } from "../agent/messages.js";
import type { AgentSession } from "../agent/session.js";
import { PhononError } from "../base/errors.js";

/** The events of a job that was accepted, up to its end. Throws where that is not "done"; `signal` cancels the job. */
export async function* jobEvents(session: AgentSession, run: string, signal?: AbortSignal): AsyncGenerator<AgentEvent> {
  const cancel = () => void session.cancel(run).catch(() => undefined); // its events tell of a lost agent
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    for await (const event of session.events(run)) {
      yield event;
      if (event.kind !== "ended" || event.status === "done") continue;
      throw new PhononError(event.reason, event.message ?? `It was ${event.status}: ${event.reason}.`);
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
