/** From the rounds of a comparison to its table and its verdicts. */
import type { RunSummary } from "./config.js";
import { medianOf, pairedRatio, spreadOf, verdictOf, type Ratio, type Spread, type Verdict } from "./statistics.js";

export const METRICS = ["decode_tps", "prefill_tps"] as const;
export type Metric = (typeof METRICS)[number];

/** A run's summary whose measurements are the rounds' medians. */
export interface ComparedResult extends RunSummary {
  configuration: string;
  run_ids: string[];
  spread: Record<Metric, Spread | null>;
}

export interface Pair extends Ratio {
  a: string;
  b: string;
  metric: Metric;
  verdict: Verdict; // of a against b
}

/** REQUIRES at least one round. */
export function resultOf(rounds: readonly RunSummary[]): ComparedResult {
  const last = rounds.at(-1);
  if (!last) throw new Error("a configuration without rounds");
  const over = (read: (summary: RunSummary) => number | null) => medianOf(rounds.map(read));
  const spread = (metric: Metric) => {
    const values = rounds.map((summary) => summary[metric]).filter((value) => value !== null);
    return values.length > 0 ? spreadOf(values) : null;
  };
  return {
    ...last,
    configuration: last.engine,
    run_ids: rounds.map((summary) => summary.run_id),
    ttft_ms: over((s) => s.ttft_ms),
    prefill_ms: over((s) => s.prefill_ms),
    prefill_tps: over((s) => s.prefill_tps),
    decode_tps: over((s) => s.decode_tps),
    decode_ms: {
      mean: over((s) => s.decode_ms.mean),
      p50: over((s) => s.decode_ms.p50),
      p90: over((s) => s.decode_ms.p90),
      p99: over((s) => s.decode_ms.p99),
    },
    memory: { ...last.memory, peak_bytes: over((s) => s.memory.peak_bytes) },
    warnings: [...new Set(rounds.flatMap((summary) => summary.warnings))],
    spread: { decode_tps: spread("decode_tps"), prefill_tps: spread("prefill_tps") },
  };
}

/** Every configuration against every later one. A metric that some round lacks (one token: no decode speed) is left out. */
export function pairsOf(results: readonly ComparedResult[], rounds: readonly (readonly RunSummary[])[]): Pair[] {
  const pairs: Pair[] = [];
  for (const [i, a] of results.entries()) {
    for (const [offset, b] of results.slice(i + 1).entries()) {
      for (const metric of METRICS) {
        const pair = ratioOf(rounds[i] ?? [], rounds[i + 1 + offset] ?? [], metric);
        if (pair) pairs.push({ a: a.configuration, b: b.configuration, metric, ...pair });
      }
    }
  }
  return pairs;
}

function ratioOf(
  a: readonly RunSummary[],
  b: readonly RunSummary[],
  metric: Metric,
): (Ratio & { verdict: Verdict }) | null {
  const speeds = (rounds: readonly RunSummary[]) => rounds.flatMap((summary) => summary[metric] ?? []);
  const [left, right] = [speeds(a), speeds(b)];
  if (left.length === 0 || left.length !== a.length || right.length !== b.length) return null;
  const ratio = pairedRatio(left, right);
  return { ...ratio, verdict: verdictOf(ratio, left.length) };
}
