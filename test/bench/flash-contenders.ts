/** What the rows of the flash group are measured with: sets of contenders that are run in turns, each with a cold page cache. */
import { LEAST_TIMED_TOKENS } from "../../electron/runs/decode-limit.js";
import type { RunRequest } from "../../electron/runs/config.js";
import type { FlashScale } from "./flash-scale.js";
import type { BenchModel } from "./rows.js";

export interface FlashContender {
  name: string;
  model: BenchModel;
  request: Omit<RunRequest, "model">;
}

export const SETS = ["bamboo", "independent", "prefill", "equal speed"] as const;
export type FlashSet = (typeof SETS)[number];

const FORCE_SEED = 7;
const PROMPT_TOKENS = 16;
const LONG_PROMPT_TOKENS = 512;
/** Budgets, as shares of the model's file, in which Phonon is tried against llama.cpp in memory. */
export const BUDGET_SHARES = [0.8, 0.7, 0.6, 0.5, 0.4] as const;
export const budgetName = (share: number): string => `phonon in ${Math.round(100 * share)} % of the file's size`;

function work(promptTokens: number, tokens: number): Omit<RunRequest, "engine" | "model"> {
  const forced = { forceTokens: FORCE_SEED, ignoreEnd: true };
  return { promptRandom: promptTokens, tokens, context: promptTokens + tokens, ...forced };
}

/** `fileBytes`: of a model's file, which is there by then. */
export function contendersOf(
  set: FlashSet,
  scale: FlashScale,
  fileBytes: (model: BenchModel) => number,
): FlashContender[] {
  const { bamboo, independent, dense, budgetBytes: memory, tokens, seconds } = scale;
  const decode = { ...work(PROMPT_TOKENS, tokens), seconds };
  const limited = { ...decode, memory, coldCache: true };
  const llama = { engine: "llama.cpp" as const, mmap: true };
  if (set === "prefill") {
    const long = { ...work(LONG_PROMPT_TOKENS, LEAST_TIMED_TOKENS), engine: "phonon" as const };
    return [
      { name: "phonon", model: bamboo, request: { ...long, packed: true, memory, coldCache: true } },
      { name: "phonon in memory", model: bamboo, request: { ...long, packed: false, enforce: "measure" } },
    ];
  }
  if (set === "equal speed") {
    const free = { ...decode, ...llama, enforce: "measure" as const };
    return [
      { name: "llama.cpp", model: bamboo, request: free },
      { name: "llama.cpp, llama file", model: dense, request: free },
      ...BUDGET_SHARES.map((share) => ({
        name: budgetName(share),
        model: bamboo,
        request: {
          ...{ ...limited, engine: "phonon" as const, packed: true },
          memory: Math.round(share * fileBytes(bamboo)),
        },
      })),
    ];
  }
  const model = set === "bamboo" ? bamboo : independent;
  const phonon = (name: string, change: Partial<RunRequest> = {}): FlashContender => ({
    ...{ name, model },
    request: { ...limited, engine: "phonon", packed: true, ...change },
  });
  return [
    phonon("phonon"),
    { name: "llama.cpp", model, request: { ...limited, ...llama, repack: false } },
    { name: "llama.cpp, llama file", model: dense, request: { ...limited, ...llama, repack: false } },
    { name: "llmflash", model, request: { ...limited, engine: "llmflash" } },
    phonon("baseline", { off: ["bundle", "cache", "pipeline"] }),
    phonon("+bundle", { off: ["cache", "pipeline"] }),
    phonon("+cache", { off: ["pipeline"] }),
    // A peak inside a limit proves nothing.
    phonon("phonon, not held", { enforce: "measure" }),
  ];
}
