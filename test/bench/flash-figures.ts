/** From the runs of contenders to figures: pure arithmetic, in the units that rows are printed in. */
import type { HardwareProfile } from "../../electron/agent/messages.js";
import type { RunSummary } from "../../electron/runs/config.js";
import type { Measured } from "../../electron/runs/rounds.js";
import {
  medianOf,
  pairedRatio,
  spreadOf,
  verdictOf,
  type Ratio,
  type Verdict,
} from "../../electron/runs/statistics.js";
import { figuresOf } from "../../electron/runs/study.js";

/** Fewer misses than this share of the active neurons: the model is too easy, and a row says nothing. */
export const LEAST_MISS_SHARE = 0.035;

/** Of a contender that streams; medians per token. */
export interface Streamed {
  label: string;
  active: number;
  candidates: number; // let through by the predictor
  misses: number;
  reads: number;
  readBytes: number;
  missShare: number; // of the active neurons
}

export type Speed = "decode_tps" | "prefill_tps";

export function streamedOf(measured: Measured): Streamed | null {
  const { per_token: t } = figuresOf(measured);
  if (!t) return null;
  const { active, candidates, misses, reads, read_bytes: readBytes } = t;
  if (active === null || candidates === null || misses === null || reads === null || readBytes === null) return null;
  return {
    label: measured.name,
    active,
    candidates,
    misses,
    reads,
    readBytes,
    missShare: active > 0 ? misses / active : 0,
  };
}

export const speedsOf = ({ summaries }: Measured, of: Speed = "decode_tps"): number[] =>
  summaries.flatMap((summary) => summary[of] ?? []);

export const medianSpeed = (measured: Measured, of: Speed = "decode_tps"): number =>
  medianOf(speedsOf(measured, of)) ?? NaN;

/** The one with the highest median. REQUIRES one at least. */
export function fastestOf(measured: readonly Measured[], of: Speed = "decode_tps"): Measured {
  const [fastest] = [...measured].sort((a, b) => medianSpeed(b, of) - medianSpeed(a, of));
  if (!fastest) throw new Error("there is nothing to be faster than");
  return fastest;
}

export const ratioOf = (a: Measured, b: Measured, of: Speed = "decode_tps"): Ratio =>
  pairedRatio(speedsOf(a, of), speedsOf(b, of));

export const verdictOn = (a: Measured, b: Measured): { ratio: Ratio; verdict: Verdict } => {
  const ratio = ratioOf(a, b);
  return { ratio, verdict: verdictOf(ratio, a.summaries.length) };
};

/** Of each round; a round without the figure is left out. */
export const overRounds = ({ summaries }: Measured, read: (summary: RunSummary) => number | null): number[] =>
  summaries.flatMap((summary) => read(summary) ?? []);

export const stallPercent = ({ stream }: RunSummary): number | null =>
  stream?.stall_share == null ? null : 100 * stream.stall_share;

export const tailOverMean = ({ decode_ms: { p99, mean } }: RunSummary): number | null =>
  p99 !== null && mean !== null && mean > 0 ? p99 / mean : null;

export const peakOver =
  (budgetBytes: number) =>
  ({ memory: { peak_bytes: peak } }: RunSummary): number | null =>
    peak === null ? null : peak / budgetBytes;

/** How far a prediction was off, whichever way, in per cent of what was measured. `error`: as a share. */
export const errorPercent = (error: number | null): number | null => (error === null ? null : 100 * Math.abs(error));

/** Bytes; NaN: the runs do not tell. */
export const medianPeak = (measured: Measured): number =>
  medianOf(overRounds(measured, ({ memory }) => memory.peak_bytes)) ?? NaN;

/** The one that took the least memory. REQUIRES one at least. */
export function leanestOf(measured: readonly Measured[]): Measured {
  const [leanest] = [...measured].sort((a, b) => medianPeak(a) - medianPeak(b));
  if (!leanest) throw new Error("there is nothing to be leaner than");
  return leanest;
}

/**
 * How much less memory Phonon takes than `lean`, in per cent, at the speed of `llama`: by the smallest of its peaks that
 * is as fast by median. Null: none is.
 */
export function memorySaved(
  llama: Measured,
  lean: Measured,
  ours: readonly Measured[],
): { percent: number; with: string } | null {
  const fast = ours.filter((measured) => medianSpeed(measured) >= medianSpeed(llama));
  if (fast.length === 0) return null;
  const smallest = leanestOf(fast);
  return { percent: 100 * (1 - medianPeak(smallest) / medianPeak(lean)), with: smallest.name };
}

/** Tokens per second that the flash alone would allow at so many reads per token; null: it was not measured like that. */
export function flashBound({ flash }: HardwareProfile, { reads, readBytes }: Streamed): number | null {
  if (reads === 0) return null;
  const block = readBytes / reads;
  const random = flash.points.filter((point) => point.pattern === "random");
  const farness = (bytes: number) => Math.abs(Math.log(bytes / block));
  const nearest = Math.min(...random.map((point) => farness(point.block_bytes)));
  const rates = random
    .filter((point) => farness(point.block_bytes) === nearest)
    .map((point) => point.bytes_per_s / point.block_bytes);
  return rates.length > 0 ? Math.max(...rates) / reads : null;
}

export const spreadOver = (values: readonly number[]) => (values.length > 0 ? spreadOf(values) : null);
