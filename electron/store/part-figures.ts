/** Where the time of a typical token went: the means of those in the middle half by their time, which add up to it. */
import { mean } from "simple-statistics";
import type { EventOf } from "../agent/messages.js";
import type { RunSummary } from "./run-summary.js";

type Parts = NonNullable<RunSummary["decode_parts_ms"]>;
type Token = Pick<EventOf<"token">, "index" | "ms" | "parts" | "stream">;

/** Takes tokens in order; the first one came out of prefill, and is left out. */
export class PartFigures {
  private readonly tokens: { ms: number; parts: Parts }[] = [];

  add({ index, ms, parts, stream }: Token): void {
    if (index === 0) return;
    this.tokens.push({ ms, parts: stream ? { ...parts, streamed: streamedOf(stream) } : parts });
  }

  /** Undefined: there is no token. */
  typical(): RunSummary["decode_parts_ms"] {
    const sorted = [...this.tokens].sort((a, b) => a.ms - b.ms);
    const quarter = Math.floor(sorted.length / 4);
    const middle = sorted.slice(quarter, sorted.length - quarter);
    if (middle.length === 0) return undefined;
    return partsOver(
      middle.map(({ parts }) => parts),
      mean,
    );
  }
}

type Streamed = NonNullable<Parts["streamed"]>;

/** Without what is told by layer: a run may be long. */
const streamedOf = ({ predict_ms, cache_ms, compute_ms, stall_ms }: Streamed): Streamed => ({
  ...{ predict_ms, cache_ms, compute_ms, stall_ms },
});

/** Each part by itself. REQUIRES at least one. */
export function partsOver(all: readonly Parts[], middle: (values: number[]) => number): Parts {
  const over = (read: (parts: Parts) => number) => middle(all.map(read));
  const ofStream = (name: keyof Streamed) => over(({ streamed }) => streamed?.[name] ?? 0);
  return {
    attention: over(({ attention }) => attention),
    ffn: over(({ ffn }) => ffn),
    sampling: over(({ sampling }) => sampling),
    other: over(({ other }) => other),
    ...(all.some(({ streamed }) => streamed) && {
      streamed: {
        predict_ms: ofStream("predict_ms"),
        cache_ms: ofStream("cache_ms"),
        compute_ms: ofStream("compute_ms"),
        stall_ms: ofStream("stall_ms"),
      },
    }),
  };
}
