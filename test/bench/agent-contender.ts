/** An agent on this computer as a contender: Phonon's engine, or the llama.cpp beside it. */
import { randomUUID } from "node:crypto";
import type { AgentEvent } from "../../electron/agent/messages.js";
import type { RunRequest } from "../../electron/runs/config.js";
import { loadEngine } from "../../electron/runs/engine.js";
import { runMessage } from "../../electron/runs/messages.js";
import { prepare, realWorld } from "../../electron/runs/prepare.js";
import type { Contender, Work } from "./contender.js";

const FORCE_SEED = 7;

export interface AgentOptions {
  label: string;
  engine: "phonon" | "llama.cpp";
  model: string;
  work: Work;
  load?: Partial<RunRequest>;
  /** false: no samples and no event per token, to see what telemetry costs. */
  telemetry?: boolean;
}

type Ended = Extract<AgentEvent, { kind: "ended" }>;

export async function agentContender(options: AgentOptions): Promise<Contender> {
  const { label, engine, model, work, telemetry = true } = options;
  const request: RunRequest = {
    ...options.load,
    engine,
    model,
    promptRandom: work.promptTokens,
    tokens: work.tokens,
    forceTokens: FORCE_SEED,
    ignoreEnd: true,
    context: work.promptTokens + work.tokens,
  };
  const loaded = await loadEngine(await prepare(request, realWorld));
  const { session, report, prepared } = loaded;
  return {
    label,
    async measure() {
      const message = runMessage(prepared.config, `bench-${randomUUID()}`, report.model.vocabulary);
      await session.request<"run">(telemetry ? message : { ...message, sample_hz: 0, token_events: false });
      for await (const event of session.events(message.run)) {
        if (event.kind === "ended") return speedOf(event, work, label);
      }
      throw new Error(`${label}: the run's events ended without an end`);
    },
    close: () => session.close(),
  };
}

/** Tokens per second. The first token comes out of prefill, so decode counts the others. */
function speedOf(ended: Ended, work: Work, label: string): number {
  if (ended.status !== "done") throw new Error(`${label}: ${ended.message ?? ended.reason}`);
  const [tokens, ms] =
    work.metric === "decode" ? [ended.output_tokens - 1, ended.decode_ms_total] : [work.promptTokens, ended.prefill_ms];
  if (ms === null || ms <= 0) throw new Error(`${label}: the run took no time`);
  return (1000 * tokens) / ms;
}
