/** A generated token as a row: what the tabular formats have in common. Times in milliseconds. */
import type { EventOf } from "../agent/messages.js";

type Token = EventOf<"token">;

interface TokenColumn {
  name: string;
  type: "BIGINT" | "VARCHAR" | "DOUBLE";
  /** Null: unknown. */
  value: (token: Token) => number | string | null;
}

export const TOKEN_COLUMNS: readonly TokenColumn[] = [
  { name: "index", type: "BIGINT", value: (t) => t.index },
  { name: "id", type: "BIGINT", value: (t) => t.id },
  { name: "text", type: "VARCHAR", value: (t) => t.text },
  { name: "t_ms", type: "DOUBLE", value: (t) => t.t_ms }, // since the run began, monotonic
  { name: "ms", type: "DOUBLE", value: (t) => t.ms },
  { name: "attention_ms", type: "DOUBLE", value: (t) => t.parts.attention },
  { name: "ffn_ms", type: "DOUBLE", value: (t) => t.parts.ffn },
  { name: "sampling_ms", type: "DOUBLE", value: (t) => t.parts.sampling },
  { name: "other_ms", type: "DOUBLE", value: (t) => t.parts.other },
  { name: "active_neurons", type: "BIGINT", value: ({ active }) => active?.reduce((sum, n) => sum + n, 0) ?? null }, // of all layers
  // Of models streamed from flash:
  ...(["candidates", "hits", "hot_hits", "misses", "reads", "read_bytes"] as const).map((name): TokenColumn => ({
    name,
    type: "BIGINT",
    value: ({ stream }) => stream?.[name] ?? null,
  })),
  ...(["queue_depth", "predict_ms", "cache_ms", "compute_ms", "stall_ms"] as const).map((name): TokenColumn => ({
    name,
    type: "DOUBLE",
    value: ({ stream }) => stream?.[name] ?? null,
  })),
];
