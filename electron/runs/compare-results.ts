/** From the rounds of a comparison to its table and its verdicts. */
import { median } from "simple-statistics";
import { partsOver } from "../store/part-figures.js";
import type { StreamSummary } from "../store/run-summary.js";
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
export function resultOf(configuration: string, rounds: readonly RunSummary[]): ComparedResult {
  const last = rounds.at(-1);
  if (!last) throw new Error("a configuration without rounds");
  const over = (read: (summary: RunSummary) => number | null) => medianOf(rounds.map(read));
  const spread = (metric: Metric) => {
    const values = rounds.map((summary) => summary[metric]).filter((value) => value !== null);
    return values.length > 0 ? spreadOf(values) : null;
  };
  const parts = rounds.flatMap((summary) => summary.decode_parts_ms ?? []);
  return {
    ...last,
    configuration,
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
    ...(parts.length > 0 && { decode_parts_ms: partsOver(parts, median) }),
    memory: { ...last.memory, peak_bytes: over((s) => s.memory.peak_bytes) },
    cache: {
      hits: over((s) => s.cache.hits) ?? 0,
      misses: over((s) => s.cache.misses) ?? 0,
      hit_rate: over((s) => s.cache.hit_rate),
    },
    flash: {
      bytes: over((s) => s.flash.bytes) ?? 0,
      reads: over((s) => s.flash.reads) ?? 0,
      stall_ms: over((s) => s.flash.stall_ms) ?? 0,
    },
    ...(last.stream && { stream: streamOver(last.stream, rounds) }),
    warnings: [...new Set(rounds.flatMap((summary) => summary.warnings))],
    spread: { decode_tps: spread("decode_tps"), prefill_tps: spread("prefill_tps") },
  };
}

function streamOver(last: StreamSummary, rounds: readonly RunSummary[]): StreamSummary {
  const over = (read: (stream: StreamSummary) => number | null) =>
    medianOf(rounds.flatMap(({ stream }) => (stream ? [read(stream)] : [])));
  const names = Object.keys(last.per_token) as (keyof StreamSummary["per_token"])[];
  return {
    ...last,
    per_token: Object.fromEntries(
      names.map((name) => [name, over((s) => s.per_token[name])]),
    ) as StreamSummary["per_token"],
    hit_rate: over((s) => s.hit_rate),
    stall_share: over((s) => s.stall_share),
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

/** Null where some round has no such figure. */
export function ratioOf(
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
