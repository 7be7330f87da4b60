/** How large the models are that are streamed from flash, in how much memory, and for how long. */
import type { BenchModel } from "./rows.js";

export interface FlashScale {
  bamboo: BenchModel; // neurons fire as the paper measures: much the same ones for consecutive tokens
  independent: BenchModel; // with the same frequencies, and no overlap in time
  dense: BenchModel; // the same shape as an architecture that llama.cpp may run faster
  silu: BenchModel; // every neuron fires, and half of the activations are small enough to count as nothing
  budgetBytes: number; // for everything, at which half of the FFN is on flash
  tokens: number; // of a run, at most
  seconds: number; // of decoding, at most
}

const MiB = 1024 ** 2;

/**
 * Small activations of a SiLU model have energy, unlike what a ReLU leaves at zero: at the usual 99.5 % the predictor
 * lets nearly every neuron through. With 95 % it lets as many through as count (51 % for 50 %, see HACKING.md).
 */
const SILU_PACK = { sparsity: 0.5, energy: 0.95 } as const;

function scaleOf(
  shape: string,
  dimensions: Record<string, string | number>,
  work: Pick<FlashScale, "budgetBytes" | "tokens" | "seconds">,
): FlashScale {
  const common = { ...dimensions, quant: "Q4_0" };
  const relu = (skew: string): BenchModel => ({
    name: `relu-${shape}-${skew}`,
    synth: { ...common, architecture: "smallthinker", sparsity: 0.9, skew },
  });
  return {
    bamboo: relu("bamboo"),
    independent: relu("independent"),
    dense: { name: `llama-${shape}`, synth: { ...common, architecture: "llama" } },
    silu: {
      name: `silu-${shape}-bamboo`,
      synth: { ...common, architecture: "llama", activation: "silu", sparsity: 0.7, skew: "bamboo" },
      pack: SILU_PACK,
    },
    ...work,
  };
}

/** The goals are meant for this one. */
export const full = scaleOf(
  "7b",
  { shape: "mistral-7b", context: 4096 },
  { budgetBytes: 3000 * MiB, tokens: 256, seconds: 15 },
);

/** Shows in minutes that every row can be measured; its figures mean nothing. */
export const quick = scaleOf(
  "quick",
  {
    ...{ layers: 16, embedding: 1024, ffn: 8192, heads: 16, "kv-heads": 4, "head-dim": 64 },
    ...{ vocabulary: 8192, context: 2048 },
  },
  { budgetBytes: 256 * MiB, tokens: 48, seconds: 3 },
);
