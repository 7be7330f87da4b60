/** What is measured, and what it must reach (the goals of the issues that name them). */
import type { PackRequest } from "../../electron/runs/pack.js";
import type { Work } from "./contender.js";

/** A synthetic model, as `phonon synth` takes it. */
export interface BenchModel {
  name: string;
  synth: Readonly<Record<string, string | number>>;
  /** How it is packed, where not as a run packs it by itself. */
  pack?: Pick<PackRequest, "sparsity" | "energy">;
}

interface RowBase {
  name: string;
  what: string;
}

/** Phonon against the strongest llama.cpp: the ratio of speeds must reach `goal`. */
export interface SpeedRow extends RowBase {
  kind: "speed";
  model: BenchModel;
  /** Another file of the same shape that llama.cpp may run faster. */
  baselineModel?: BenchModel;
  work: Work;
  goal: number;
}

/** Decode speed without telemetry over decode speed with it, minus one, in per cent: at most `goal`. */
export interface TelemetryRow extends RowBase {
  kind: "telemetry";
  model: BenchModel;
  work: Work;
  goal: number;
}

/** Milliseconds from starting the agent's process to its `listening` line: at most `goal`. */
export interface StartRow extends RowBase {
  kind: "start";
  goal: number;
}

export type Row = SpeedRow | TelemetryRow | StartRow;

/** As `--only` names them: by the whole name, or by its beginning up to a dash, as in "flash". */
export const isNamed = (name: string, wanted: string): boolean => name === wanted || name.startsWith(`${wanted}-`);

const dense = (quant: string): BenchModel => ({
  name: `llama-3.2-1b-${quant}`,
  synth: { shape: "llama-3.2-1b", quant, architecture: "llama" },
});
const decode: Work = { metric: "decode", promptTokens: 16, tokens: 65 };
const prefill = (promptTokens: number): Work => ({ metric: "prefill", promptTokens, tokens: 1 });

/** The shape of the dense model; its llama.cpp has no short cut for neurons that do not fire. */
const relu: BenchModel = {
  name: "relu-1b-Q4_0",
  synth: { shape: "llama-3.2-1b", quant: "Q4_0", architecture: "smallthinker", sparsity: 0.9 },
};

const denseRows = (quant: string): SpeedRow[] => [
  { kind: "speed", name: `decode-${quant}`, what: `decode, 1B ${quant}`, model: dense(quant), work: decode, goal: 1 },
  {
    kind: "speed",
    name: `pp64-${quant}`,
    what: `prefill 64, 1B ${quant}`,
    model: dense(quant),
    work: prefill(64),
    goal: 1,
  },
  {
    kind: "speed",
    name: `pp512-${quant}`,
    what: `prefill 512, 1B ${quant}`,
    model: dense(quant),
    work: prefill(512),
    goal: 1,
  },
];

export const rows: readonly Row[] = [
  ...denseRows("Q4_0"),
  ...denseRows("Q8_0"),
  {
    kind: "speed",
    name: "decode-relu",
    what: "decode, 1B Q4_0, 10 % of the neurons fire",
    model: relu,
    baselineModel: dense("Q4_0"),
    work: decode,
    goal: 1.5,
  },
  {
    kind: "telemetry",
    name: "telemetry",
    what: "telemetry's cost, 1B Q4_0",
    model: dense("Q4_0"),
    work: decode,
    goal: 1,
  },
  { kind: "start", name: "agent-start", what: "agent start", goal: 100 },
];
