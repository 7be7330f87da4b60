/** A run's events over as many connections as it takes. */
import { PhononError } from "../base/errors.js";
import { delay } from "../base/time.js";
import { EventQueue } from "./event-queue.js";
import { isPassing } from "./link.js";
import type { Link } from "./link.js";
import type { AgentEvent } from "./messages/events.js";
import { errorReply } from "./messages/replies.js";

const attachMs = 15_000;
/** Attempts in a row that bring no new event, while the control connection is fine. */
const mostFruitless = 20;
const longestPauseMs = 2_000;

/**
 * Events come over a connection of their own, so that a slow reader holds up neither answers nor the lease. When it or
 * the control connection is lost, the stream attaches again from the first event it does not have.
 */
export async function* streamEvents(link: Link, runId: string, fromSeq: number): AsyncGenerator<AgentEvent> {
  let next = fromSeq;
  for (let fruitless = 0; ; fruitless++) {
    const before = next;
    try {
      const control = await link.live();
      for await (const event of attached(link, runId, next, control.closed)) {
        if (event.run !== runId || event.seq < next) continue;
        if (event.seq > next) {
          throw new PhononError("event_gap", `Run ${runId}: event ${event.seq} came where ${next} was due.`);
        }
        next++;
        yield event;
        if (event.kind === "ended") return;
      }
    } catch (error) {
      if (next > before) fruitless = 0;
      // A gap is mended by attaching again, unless the agent's own spool has it.
      const mendable = isPassing(error) || (isGap(error) && fruitless < 1);
      if (!mendable || fruitless >= mostFruitless) {
        if (isFatal(error)) link.fail(error as Error);
        throw error;
      }
      await delay(Math.min(longestPauseMs, 50 * 2 ** fruitless));
    }
  }
}

/** The events of one connection; ends by throwing. */
async function* attached(
  link: Link,
  run: string,
  from: number,
  controlClosed: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const connection = await link.another(controlClosed);
  const queue = new EventQueue(connection);
  const onControlClosed = (): void =>
    connection.destroy(new PhononError("connection_lost", "The connection to the agent was lost."));
  controlClosed.addEventListener("abort", onControlClosed, { once: true });
  if (controlClosed.aborted) onControlClosed();
  connection.closed.addEventListener("abort", () => queue.fail(connection.closed.reason as Error), { once: true });
  connection.onEvent = (event) => queue.push(event);
  try {
    const answer = await connection.ask({ type: "attach", run, from_seq: from }, attachMs);
    if (!answer.ok) {
      const { code, message } = errorReply.parse(answer.fields);
      throw new PhononError(code, message);
    }
    for (;;) yield await queue.next();
  } finally {
    controlClosed.removeEventListener("abort", onControlClosed);
    connection.destroy();
  }
}

const isGap = (error: unknown): boolean => error instanceof PhononError && error.code === "event_gap";
const isFatal = (error: unknown): boolean =>
  isGap(error) || (error instanceof PhononError && error.code === "malformed");
