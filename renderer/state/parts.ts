/** The parts of a token's time: which ones a run tells apart, and what they are called. They add up to the whole. */
import type { AgentEvent } from "../../electron/ipc/contract.js";

type Token = Extract<AgentEvent, { kind: "token" }>;
export type Streamed = Pick<NonNullable<Token["stream"]>, "predict_ms" | "cache_ms" | "compute_ms" | "stall_ms">;

/** In the order in which they are stacked, from the bottom: neighbours are told apart by colour-blind eyes too. */
export const PARTS = ["attention", "ffn", "stall", "cache", "predict", "idle", "sampling", "other"] as const;
export type Part = (typeof PARTS)[number];

/** How far a run's engine tells its time apart: not at all, its FFNs as a whole, or what streaming does in them. */
export type Split = "none" | "whole" | "streamed";

const TOLD: Record<Split, readonly Part[]> = {
  none: ["sampling", "other"],
  whole: ["attention", "ffn", "sampling", "other"],
  streamed: PARTS,
};
export const partsOf = (split: Split): readonly Part[] => TOLD[split];

const LABELS: Record<Part, string> = {
  attention: "attention",
  predict: "predict",
  cache: "cache",
  ffn: "compute",
  stall: "wait for flash",
  idle: "FFN, rest",
  sampling: "sampling",
  other: "other",
};

export function partLabel(part: Part, split: Split): string {
  if (part === "ffn" && split === "whole") return "FFN";
  return part === "other" && split === "none" ? "evaluation (parts not reported)" : LABELS[part];
}

/** Before any token has told. */
export const expectedSplit = (engine: string, isStreamed: boolean): Split =>
  isStreamed ? "streamed" : engine === "llama.cpp" ? "none" : "whole";

export const splitOf = (parts: Token["parts"], stream: Streamed | null | undefined): Split =>
  stream ? "streamed" : parts.attention > 0 || parts.ffn > 0 ? "whole" : "none";

/**
 * In ms. Of a streamed model, an FFN's wall time less what its threads did, on average, is when they waited for each
 * other or one of them worked alone.
 */
export function timesOf(parts: Token["parts"], stream: Streamed | null | undefined): Record<Part, number> {
  const { attention, ffn, sampling, other } = parts;
  if (!stream) return { attention, predict: 0, cache: 0, ffn, stall: 0, idle: 0, sampling, other };
  const { predict_ms: predict, cache_ms: cache, compute_ms: compute, stall_ms: stall } = stream;
  const idle = Math.max(0, ffn - predict - cache - compute - stall);
  return { attention, predict, cache, ffn: compute, stall, idle, sampling, other };
}
