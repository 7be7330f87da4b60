/** The rows of the flash group: a model of which half of the FFN is on flash, in one budget for everything. */
import { medianOf } from "../../electron/runs/statistics.js";
import type { Measured } from "../../electron/runs/rounds.js";
import { BUDGET_SHARES, budgetName, type FlashSet } from "./flash-contenders.js";
import {
  errorPercent,
  fastestOf,
  medianSpeed,
  memorySaved,
  overRounds,
  peakOver,
  ratioOf,
  spreadOver,
  stallPercent,
  tailOverMean,
  verdictOn,
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
  /** Whose speeds are printed; decode's where it is left out. */
  of?: "prefill_tps";
  /** All of `needs` and what there is of `tries`, in that order, measured in every round. */
  outcome: (contenders: readonly Measured[], context: FlashContext) => Outcome;
}

export interface FlashContext {
  scale: FlashScale;
}

const LLAMAS = ["llama.cpp", "llama.cpp, llama file"] as const;
const percent = (value: number): string => `${value.toFixed(1)} %`;

/** The first one over the fastest of the others. */
function faster(goal: number, of: "decode_tps" | "prefill_tps" = "decode_tps"): FlashRow["outcome"] {
  return ([ours, ...others]) => {
    if (!ours) throw new Error("a row without a contender");
    const against = fastestOf(others, of);
    const ratio = ratioOf(ours, against, of);
    return { unit: "x", ratio: { ...ratio, against: against.name }, reached: ratio.ratio >= goal };
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

/** Every rung faster than the one before, beyond the noise. */
function climbs(rungs: readonly Measured[]): Outcome {
  const [llama, baseline] = rungs;
  const ladder = rungs.slice(1);
  const steps = ladder.slice(1).map((rung, i) => ({ rung, ...verdictOn(rung, ladder[i] ?? rung) }));
  const notes = steps.map(({ rung, ratio, verdict }) => {
    const [from, to] = ratio.ci95;
    return `${rung.name}: ${ratio.ratio.toFixed(2)} x [${from.toFixed(2)}, ${to.toFixed(2)}], ${verdict}`;
  });
  if (llama && baseline) {
    notes.unshift(`baseline over llama.cpp: ${(medianSpeed(baseline) / medianSpeed(llama)).toFixed(2)} x`);
  }
  return {
    ...{ unit: "steps that gain", notes },
    count: steps.filter(({ verdict }) => verdict === "faster").length,
    reached: steps.every(({ verdict }) => verdict === "faster"),
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

function saved([a, b, ...ours]: readonly Measured[]): Outcome {
  if (!a || !b) throw new Error("a row without llama.cpp");
  const llama = fastestOf([a, b]);
  const result = memorySaved(llama, ours);
  const speeds = [llama, ...ours].map((measured) => {
    const peak = medianOf(overRounds(measured, (summary) => summary.memory.peak_bytes)) ?? NaN;
    return `${measured.name}: ${medianSpeed(measured).toFixed(2)} tokens/s, peak ${(peak / 1024 ** 2).toFixed(0)} MiB`;
  });
  if (!result)
    return {
      unit: "% less",
      count: 0,
      notes: ["Phonon is as fast in none of these budgets", ...speeds],
      reached: false,
    };
  return {
    unit: "% less",
    count: result.percent,
    notes: [`with ${result.with}`, ...speeds],
    reached: result.percent >= 40,
  };
}

/** Of the model with overlapping tokens, and beside it of the one without. */
function pair(row: Omit<FlashRow, "kind" | "set">): FlashRow[] {
  return [
    { kind: "flash", set: "bamboo", ...row },
    {
      ...{ kind: "flash", set: "independent", ...row },
      ...{ name: `${row.name}-independent`, what: `${row.what}, no overlap in time` },
    },
  ];
}

const bamboo = (row: Omit<FlashRow, "kind" | "set">): FlashRow => ({ kind: "flash", set: "bamboo", ...row });

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
    ...{ name: "flash-ladder", what: "baseline < +bundle < +cache < +pipeline", goal: "each step beyond the noise" },
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
  {
    ...{ kind: "flash", set: "prefill", name: "flash-prefill", what: "prefill 512, half on flash, over in memory" },
    ...{
      goal: ">= 0.9",
      needs: ["phonon", "phonon in memory"],
      of: "prefill_tps",
      outcome: faster(0.9, "prefill_tps"),
    },
  },
  {
    ...{ kind: "flash", set: "equal speed", name: "flash-memory", what: "memory at llama.cpp's speed in memory" },
    ...{ goal: ">= 40 % less", needs: LLAMAS, tries: BUDGET_SHARES.map(budgetName), outcome: saved },
  },
];
