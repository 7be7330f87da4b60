/** What the rows of the flash group are measured with: sets of contenders that are run in turns. */
import { LEAST_TIMED_TOKENS } from "../../electron/runs/decode-limit.js";
import type { RunRequest } from "../../electron/runs/config.js";
import type { FlashScale } from "./flash-scale.js";
import type { BenchModel } from "./rows.js";

export interface FlashContender {
  name: string;
  model: BenchModel;
  request: Omit<RunRequest, "model">;
}

export const SETS = ["half-on-flash", "silu", "prefill", "in-memory"] as const;
export type FlashSet = (typeof SETS)[number];

const FORCE_SEED = 7;
const PROMPT_TOKENS = 16;
const LONG_PROMPT_TOKENS = 512;
/** Budgets, as shares of the model's file, in which Phonon is tried against llama.cpp in memory. */
export const BUDGET_SHARES = [0.7, 0.6, 0.5, 0.4] as const;
export const budgetName = (share: number): string => `phonon in ${Math.round(100 * share)} % of the file's size`;

const LLAMA = { engine: "llama.cpp", mmap: true } as const;
const PHONON = { engine: "phonon", packed: true } as const;

function work(promptTokens: number, tokens: number): Omit<RunRequest, "engine" | "model"> {
  const forced = { forceTokens: FORCE_SEED, ignoreEnd: true };
  return { promptRandom: promptTokens, tokens, context: promptTokens + tokens, ...forced };
}

const decodeWork = ({ tokens, seconds }: FlashScale) => ({ ...work(PROMPT_TOKENS, tokens), seconds });

/** In the budget, and nothing of the model in memory when it is loaded. */
const limited = (scale: FlashScale) => ({ ...decodeWork(scale), memory: scale.budgetBytes, coldCache: true });

/**
 * One budget for all. llama.cpp computes every neuron whatever fires, so its speed on the model without overlap is what
 * it is on the one with it: measured once.
 */
function halfOnFlash(scale: FlashScale): FlashContender[] {
  const { bamboo, independent, dense } = scale;
  const common = limited(scale);
  const phonon = (name: string, change: Partial<RunRequest> = {}, model = bamboo): FlashContender => ({
    ...{ name, model },
    request: { ...common, ...PHONON, ...change },
  });
  return [
    phonon("phonon"),
    { name: "llama.cpp", model: bamboo, request: { ...common, ...LLAMA, repack: false } },
    { name: "llama.cpp, llama file", model: dense, request: { ...common, ...LLAMA, repack: false } },
    { name: "llmflash", model: bamboo, request: { ...common, engine: "llmflash" } },
    phonon("baseline", { off: ["bundle", "cache", "pipeline"] }),
    phonon("+bundle", { off: ["cache", "pipeline"] }),
    phonon("+cache", { off: ["pipeline"] }),
    phonon("phonon, not held", { enforce: "measure" }), // a peak inside a limit proves nothing
    phonon("phonon, independent", {}, independent),
    { name: "llmflash, independent", model: independent, request: { ...common, engine: "llmflash" } },
  ];
}

/** Both run the same pack. */
function silu(scale: FlashScale): FlashContender[] {
  const [model, common] = [scale.silu, limited(scale)];
  return [
    { name: "phonon", model, request: { ...common, ...PHONON } },
    { name: "llmflash", model, request: { ...common, engine: "llmflash" } },
  ];
}

function prefill({ bamboo: model, budgetBytes: memory }: FlashScale): FlashContender[] {
  const common = work(LONG_PROMPT_TOKENS, LEAST_TIMED_TOKENS);
  return [
    { name: "phonon", model, request: { ...common, ...PHONON, memory, coldCache: true } },
    { name: "phonon in memory", model, request: { ...common, engine: "phonon", packed: false, enforce: "measure" } },
  ];
}

/** llama.cpp as it likes it best, which is not the same for every file; Phonon with all it likes, and in less and less. */
function inMemory(scale: FlashScale, fileBytes: (model: BenchModel) => number): FlashContender[] {
  const { bamboo, dense } = scale;
  const free = { ...decodeWork(scale), enforce: "measure" as const };
  return [
    { name: "phonon, all of its pack cached", model: bamboo, request: { ...free, ...PHONON } },
    { name: "phonon, no pack", model: bamboo, request: { ...free, engine: "phonon", packed: false } },
    { name: "llama.cpp", model: bamboo, request: { ...free, ...LLAMA } },
    { name: "llama.cpp, llama file", model: dense, request: { ...free, ...LLAMA } },
    // Repacked weights are a second copy of what is mapped; it is the leanest that Phonon's memory is held against.
    { name: "llama.cpp, llama file, no repacking", model: dense, request: { ...free, ...LLAMA, repack: false } },
    ...BUDGET_SHARES.map((share) => ({
      name: budgetName(share),
      model: bamboo,
      request: { ...limited(scale), ...PHONON, memory: Math.round(share * fileBytes(bamboo)) },
    })),
  ];
}

/** `fileBytes`: of a model's file, which is there by then. */
export function contendersOf(
  set: FlashSet,
  scale: FlashScale,
  fileBytes: (model: BenchModel) => number,
): FlashContender[] {
  const makers = { "half-on-flash": halfOnFlash, silu, prefill, "in-memory": inMemory };
  return makers[set](scale, fileBytes);
}
