/** Tokens of a prompt that are computed together where nobody says how many. */
import type { RunConfig } from "./config.js";

export const USUAL_BATCH = 512; // the agent's own
const MARKS = 8; // tokens that a tokeniser may add to a text's own, each of which is of at least a byte

/** In a budget no memory is set aside for computing more tokens together than the prompt can have. */
export function withBatch(config: RunConfig): RunConfig {
  const { batch, memory, promptTokens, promptRandom, prompt = "" } = config;
  if (batch !== undefined || memory === undefined) return config;
  const most = promptTokens?.length ?? promptRandom ?? Buffer.byteLength(prompt) + MARKS;
  return { ...config, batch: Math.min(USUAL_BATCH, most) };
}
