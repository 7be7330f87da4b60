/** Whether a run streams its model from a pack, and the pack that it streams from. */
import type { ModelFacts } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import { isSparse } from "../models/index.js";
import { STREAM_OPTIONS, type RunConfig } from "./config.js";
import { DEFAULT_PACK_OPTIONS, lookForPack, makePack, type Pack, type PackHooks, type PlacedModel } from "./packing.js";

/** The agent's words for models that have no pack. */
const NOT_TO_BE_PACKED = ["unsupported_model", "unsupported_quantisation"];

export interface PackWish {
  /** "asked": nothing else will do; "suits": from memory where it cannot be. */
  pack: "asked" | "suits" | "no";
  warnings: string[];
}

/** A budget is held by streaming where few neurons fire; where all of them do, every token would read the whole model. */
export function packWish(config: RunConfig, facts: ModelFacts): PackWish {
  const no = (why?: string): PackWish => ({ pack: "no", warnings: why === undefined ? [] : [notPacked(why)] });
  if (config.engine === "llmflash") return { pack: "asked", warnings: [] };
  if (config.engine !== "phonon" || config.packed === false) return no();
  if (config.packed || STREAM_OPTIONS.some((key) => config[key] !== undefined)) return { pack: "asked", warnings: [] };
  if (config.memory === undefined) return no();
  const activation = config.activation ?? facts.activation;
  if (facts.experts > 1) return no(`its layers have ${facts.experts} experts`);
  if (!isSparse(activation)) return no(`with ${activation} every neuron fires`);
  return { pack: "suits", warnings: [] };
}

const notPacked = (why: string): string => `the model is not streamed from a pack, but runs from memory: ${why}`;

/**
 * The current pack, made where there is none; null: the model cannot be packed, and need not be. Packing goes on in an
 * agent of its own: what it leaves in the heap must not count against the run's budget.
 */
export async function packForRun(
  model: PlacedModel,
  { activation }: RunConfig,
  wish: PackWish,
  hooks: PackHooks,
): Promise<{ pack: Pack | null; warnings: string[] }> {
  if (wish.pack === "no") return { pack: null, warnings: wish.warnings };
  const { signal, onProgress } = hooks;
  const session = await model.target.openAgent({
    engine: "phonon",
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  try {
    const there = await lookForPack(session, model, activation ?? null);
    if (there.found === "current")
      return { pack: { ...there, made: null, resumedLayers: 0, warnings: [] }, warnings: wish.warnings };
    const options = { ...DEFAULT_PACK_OPTIONS, activation: activation ?? null };
    const pack = await makePack(session, model, there, options, hooks);
    return { pack, warnings: [...wish.warnings, ...pack.warnings] };
  } catch (error) {
    const cannot = error instanceof PhononError && NOT_TO_BE_PACKED.includes(error.code);
    if (!cannot || wish.pack === "asked") throw error;
    return { pack: null, warnings: [...wish.warnings, notPacked(error.message)] };
  } finally {
    await session.close();
  }
}
