/** The rows of the flash group: a model of which half of the FFN is on flash, in one budget for everything. */
import type { Measured } from "../../electron/runs/rounds.js";
import { BUDGET_SHARES, budgetName, type FlashSet } from "./flash-contenders.js";
import {
  errorPercent,
  fastestOf,
  leanestOf,
  medianPeak,
  medianSpeed,
  memorySaved,
  overRounds,
  peakOver,
  ratioOf,
  spreadOver,
  stallPercent,
  tailOverMean,
  verdictOn,
  type Speed,
} from "./flash-figures.js";
import type { FlashScale } from "./flash-scale.js";
import type { Outcome } from "./measure.js";

export interface FlashRow {
  kind: "flash";
  set: FlashSet;
  name: string;
  what: string;
  goal: string;
  /** Of the set's contenders. What is missing or has failed is said, and the row is not measured. */
  needs: readonly string[];
  /** More contenders; of these, who has failed is left out. */
  tries?: readonly string[];
  /** Nothing is on flash, so that nothing is missed: the row counts without misses. */
  resident?: boolean;
  /** Whose speeds are printed; decode's where it is left out. */
  of?: "prefill_tps";
  /** All of `needs` and what there is of `tries`, in that order, measured in every round. */
  outcome: (contenders: readonly Measured[], context: FlashContext) => Outcome;
}

export interface FlashContext {
  scale: FlashScale;
}

const LLAMAS = ["llama.cpp", "llama.cpp, llama file"] as const;
const FREE_LLAMAS = [...LLAMAS, "llama.cpp, llama file, no repacking"] as const;
const FREE_PHONONS = ["phonon, all of its pack cached", "phonon, no pack"] as const;
const percent = (value: number): string => `${value.toFixed(1)} %`;

/** The fastest of the first `ours` over the fastest of the others. */
function faster(goal: number, { ours = 1, of }: { ours?: number; of?: Speed } = {}): FlashRow["outcome"] {
  return (contenders) => {
    const best = fastestOf(contenders.slice(0, ours), of);
    const against = fastestOf(contenders.slice(ours), of);
    const ratio = ratioOf(best, against, of);
    const notes = ours > 1 ? [`Phonon's fastest: ${best.name}`] : [];
    return { unit: "x", ratio: { ...ratio, against: against.name }, notes, reached: ratio.ratio >= goal };
  };
}

/** A figure of each round, whose median or, with `worst`, whose highest must be low enough. */
function low(
  unit: string,
  read: (summary: Measured["summaries"][number], context: FlashContext) => number | null,
  reached: (value: number) => boolean,
  { worst = false } = {},
): FlashRow["outcome"] {
  return ([ours], context) => {
    const spread = ours && spreadOver(overRounds(ours, (summary) => read(summary, context)));
    if (!spread) return { absent: "the runs do not tell it" };
    return { unit, value: spread, reached: reached(worst ? spread.max : spread.median) };
  };
}

/** Every rung faster than the one before, beyond the noise; the lowest need only be no slower than llama.cpp. */
function climbs(rungs: readonly Measured[]): Outcome {
  const steps = rungs.slice(1).map((rung, i) => ({ rung, ...verdictOn(rung, rungs[i] ?? rung) }));
  const gains = steps.slice(1).map(({ verdict }) => verdict === "faster");
  const notes = steps.map(({ rung, ratio, verdict }, i) => {
    const [from, to] = ratio.ci95;
    const over = i === 0 ? " over llama.cpp" : "";
    return `${rung.name}${over}: ${ratio.ratio.toFixed(2)} x [${from.toFixed(2)}, ${to.toFixed(2)}], ${verdict}`;
  });
  return {
    ...{ unit: "steps that gain", notes },
    count: gains.filter(Boolean).length,
    reached: gains.every(Boolean) && steps[0]?.verdict !== "slower",
  };
}

/** How far decode speed and peak memory were from what the planner had said. */
function predicted([ours]: readonly Measured[]): Outcome {
  if (!ours) throw new Error("a row without a contender");
  const off = (of: "decode_tps" | "peak_bytes") =>
    spreadOver(overRounds(ours, (summary) => errorPercent(summary.predicted?.error[of] ?? null)));
  const [value, peak] = [off("decode_tps"), off("peak_bytes")];
  if (!value || !peak) return { absent: "the runs hold no prediction" };
  const reached = value.median <= 15 && peak.median <= 5;
  return { unit: "% off", value, notes: [`memory: ${percent(peak.median)} off`], reached };
}

/** At the speed of the fastest llama.cpp, against the peak of the leanest. */
function saved(contenders: readonly Measured[]): Outcome {
  const llamas = contenders.slice(0, FREE_LLAMAS.length),
    ours = contenders.slice(FREE_LLAMAS.length);
  const [llama, lean] = [fastestOf(llamas), leanestOf(llamas)];
  const result = memorySaved(llama, lean, ours);
  const speeds = contenders.map(
    (one) =>
      `${one.name}: ${medianSpeed(one).toFixed(2)} tokens/s, peak ${(medianPeak(one) / 1024 ** 2).toFixed(0)} MiB`,
  );
  const against = `the speed of ${llama.name}, the peak of ${lean.name}`;
  const unit = "% less";
  if (!result) {
    return { unit, count: 0, notes: [`Phonon has ${against} in none of these budgets`, ...speeds], reached: false };
  }
  const notes = [`with ${result.with}: ${against}`, ...speeds];
  return { unit, count: result.percent, notes, reached: result.percent >= 40 };
}

type Row = Omit<FlashRow, "kind" | "set">;
const rowOf = (set: FlashSet, row: Row): FlashRow => ({ kind: "flash", set, ...row });
const bamboo = (row: Row): FlashRow => rowOf("half-on-flash", row);

/** Of the model with overlapping tokens, and beside it of the one without. */
function pair(row: Row): FlashRow[] {
  const needs = row.needs.map((name) => (name === "phonon" || name === "llmflash" ? `${name}, independent` : name));
  const other = { name: `${row.name}-independent`, what: `${row.what}, no overlap in time`, needs };
  return [bamboo(row), bamboo({ ...row, ...other })];
}

export const flashRows: readonly FlashRow[] = [
  ...pair({
    ...{ name: "flash-decode", what: "decode, half of the FFN on flash, over llama.cpp", goal: ">= 24.6" },
    ...{ needs: ["phonon", ...LLAMAS], outcome: faster(24.6) },
  }),
  ...pair({
    ...{ name: "flash-llmflash", what: "decode, half on flash, over LLM in a flash", goal: ">= 3.84" },
    ...{ needs: ["phonon", "llmflash"], outcome: faster(3.84) },
  }),
  bamboo({
    ...{ name: "flash-llmflash-llama", what: "decode of LLM in a flash, half on flash, over llama.cpp", goal: ">= 4" },
    ...{ needs: ["llmflash", ...LLAMAS], outcome: faster(4) },
  }),
  bamboo({
    ...{ name: "flash-ladder", what: "llama.cpp <= baseline < +bundle < +cache < +pipeline" },
    ...{ goal: "each step beyond the noise" },
    ...{ needs: ["llama.cpp", "baseline", "+bundle", "+cache", "phonon"], outcome: climbs },
  }),
  ...pair({
    ...{ name: "flash-stall", what: "share of decode time waiting for flash", goal: "< 15 %" },
    ...{ needs: ["phonon"], outcome: low("%", stallPercent, (value) => value < 15) },
  }),
  ...pair({
    ...{ name: "flash-latency", what: "P99 over mean latency of tokens", goal: "< 1.8" },
    ...{ needs: ["phonon"], outcome: low("x", tailOverMean, (value) => value < 1.8) },
  }),
  bamboo({
    ...{ name: "flash-peak", what: "peak memory over the budget, held by nothing", goal: "<= 1.0" },
    ...{ needs: ["phonon, not held"] },
    outcome: low(
      "x",
      (summary, { scale }) => peakOver(scale.budgetBytes)(summary),
      (value) => value <= 1,
      { worst: true },
    ),
  }),
  bamboo({
    ...{ name: "flash-prediction", what: "the planner's error", goal: "speed <= 15 %, memory <= 5 %" },
    ...{ needs: ["phonon"], outcome: predicted },
  }),
  rowOf("silu", {
    ...{ name: "flash-silu", what: "decode, SiLU with thresholds at 50 %, half on flash, over LLM in a flash" },
    ...{ goal: ">= 2.4", needs: ["phonon", "llmflash"], outcome: faster(2.4) },
  }),
  rowOf("prefill", {
    ...{ name: "flash-prefill", what: "prefill 512, half on flash, over in memory", goal: ">= 0.9" },
    ...{ needs: ["phonon", "phonon in memory"], of: "prefill_tps", outcome: faster(0.9, { of: "prefill_tps" }) },
  }),
  rowOf("in-memory", {
    ...{ name: "flash-in-memory", what: "decode in memory, 10 % of the neurons fire, over llama.cpp" },
    ...{ goal: ">= 2.24", needs: [...FREE_PHONONS, ...FREE_LLAMAS], resident: true },
    outcome: faster(2.24, { ours: FREE_PHONONS.length }),
  }),
  rowOf("in-memory", {
    ...{ name: "flash-memory", what: "memory at llama.cpp's speed in memory", goal: ">= 40 % less" },
    ...{ needs: FREE_LLAMAS, tries: BUDGET_SHARES.map(budgetName), outcome: saved },
  }),
];
