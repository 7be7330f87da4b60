/** Figures of streaming, from the tokens' own. */
import { median } from "simple-statistics";
import type { EventOf, StreamReport } from "../agent/messages.js";
import type { StreamSummary } from "./run-summary.js";

type Step = NonNullable<EventOf<"token">["stream"]>;

const FIGURES = [
  ...(["candidates", "active", "misses", "hot_hits", "reads", "read_bytes", "queue_depth"] as const),
  ...(["predict_ms", "cache_ms", "compute_ms", "stall_ms"] as const),
];

/** Takes tokens in order; the first one, whose time is prefill's and not decode's, is left out. */
export class StreamFigures {
  private readonly values = new Map<(typeof FIGURES)[number], number[]>(FIGURES.map((name) => [name, []]));
  private readonly sums = { hits: 0, misses: 0, stallMs: 0, ms: 0 };

  add({ index, ms, stream }: Pick<EventOf<"token">, "index" | "ms" | "stream">): void {
    if (index === 0 || !stream) return;
    for (const [name, values] of this.values) values.push(stream[name]);
    this.sums.hits += stream.hits;
    this.sums.misses += stream.misses;
    this.sums.stallMs += stream.stall_ms;
    this.sums.ms += ms;
  }

  summary(report: StreamReport): StreamSummary {
    const { hits, misses, stallMs, ms } = this.sums;
    const middle = (name: keyof Step & (typeof FIGURES)[number]): number | null => {
      const values = this.values.get(name) ?? [];
      return values.length > 0 ? median(values) : null;
    };
    const per_token = Object.fromEntries(FIGURES.map((name) => [name, middle(name)])) as StreamSummary["per_token"];
    return {
      ...report,
      per_token,
      hit_rate: hits + misses > 0 ? hits / (hits + misses) : null,
      stall_share: ms > 0 ? stallMs / ms : null,
    };
  }
}
