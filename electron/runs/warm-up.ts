import { randomUUID } from "node:crypto";
import type { AgentSession } from "../agent/session.js";
import { PhononError } from "../base/errors.js";
import type { RunConfig } from "./config.js";
import { runMessage } from "./messages.js";

/** A run of a few tokens that is not kept: it fills caches and raises clocks. Throws when it fails. */
export async function warmUpRun(
  session: AgentSession,
  config: RunConfig,
  vocabulary: number,
  tokens: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const id = `warm-up-${randomUUID()}`;
  await session.request<"run">(runMessage({ ...config, tokens: Math.min(tokens, config.tokens) }, id, vocabulary));
  const cancel = () => void session.cancel(id).catch(() => undefined); // its events tell of a lost agent
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for await (const event of session.events(id)) {
      if (event.kind === "ended" && event.status === "failed") {
        throw new PhononError(event.reason, `The warm-up failed: ${event.message ?? event.reason}`);
      }
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  signal.throwIfAborted();
}
