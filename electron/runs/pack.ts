/** `phonon pack`: a model's pack on a target, made where it is not current or where that is asked for. */
import type { PackState, REQUANTISE } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import { rememberModel, resolveModel } from "../models/index.js";
import { readPack, type PackRecord } from "../store/index.js";
import { hashFile } from "../targets/file-hash.js";
import type { ACTIVATIONS } from "./config.js";
import { DEFAULT_PACK_OPTIONS, lookForPack, makePack, textFile, type PackHooks, type PackOptions } from "./packing.js";
import { readyTarget, realWorld, type World } from "./prepare.js";

export interface PackRequest {
  target: string;
  model: string; // a path on this computer, or "story"
  text?: string | undefined; // a file that the profile reads, in place of what the model writes
  energy?: number | undefined;
  sparsity?: number | undefined; // of a SiLU model, the share of activations that count as nothing
  requantise?: (typeof REQUANTISE)[number] | undefined;
  activation?: (typeof ACTIVATIONS)[number] | undefined;
  predictor?: PackOptions["predictor"] | undefined; // of all layers; "auto": the cheaper one of each
  seed?: number | undefined;
  force?: boolean;
}

/** The object that `pack --json` prints. */
export interface PackResult {
  target: string;
  model: string;
  pack: string; // on the target
  found: PackState;
  made: boolean; // false: it was current
  resumed_layers: number; // that an interrupted packing had written
  record: PackRecord | null; // null: it was made from elsewhere
  warnings: string[];
}

export async function pack(request: PackRequest, hooks: PackHooks = {}, world: World = realWorld): Promise<PackResult> {
  const { signal, onProgress } = hooks;
  const common = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const modelPath = resolveModel(request.model);
  await world.inspect(modelPath, signal);
  const { target, warnings } = await readyTarget(request.target, world, signal);
  const chosen = await chosenOptions(request, hooks);
  const { sha256 } = await hashFile(modelPath, common);
  const targetPath = await target.putModel(modelPath, common);
  signal?.throwIfAborted();
  const session = await target.openAgent({ engine: "phonon", ...common });
  try {
    const model = { target, modelPath, sha256, targetPath };
    const there = await lookForPack(session, model, chosen.activation ?? null);
    await rememberModel(modelPath);
    const result = { target: target.id, model: modelPath, pack: there.path, found: there.found };
    if (there.found === "current" && !request.force) {
      const record = await readPack(target.id, there.name);
      refuseOthers(record, chosen, modelPath);
      return { ...result, made: false, resumed_layers: 0, record, warnings };
    }
    const made = await makePack(session, model, there, { ...DEFAULT_PACK_OPTIONS, ...chosen }, hooks);
    const outcome = { made: true, resumed_layers: made.resumedLayers, record: made.made };
    return { ...result, ...outcome, warnings: [...warnings, ...made.warnings] };
  } finally {
    await session.close();
  }
}

async function chosenOptions(
  { text, energy, sparsity, requantise, activation, predictor, seed }: PackRequest,
  hooks: PackHooks,
): Promise<Partial<PackOptions>> {
  return {
    ...(text !== undefined && { text: await textFile(text, hooks) }),
    ...(energy !== undefined && { energy }),
    ...(sparsity !== undefined && { sparsity }),
    ...(requantise !== undefined && { requantise }),
    ...(activation !== undefined && { activation }),
    ...(predictor !== undefined && { predictor }),
    ...(seed !== undefined && { seed }),
  };
}

/** Whoever asks for options must not believe that a pack made with others has them. */
function refuseOthers(
  record: PackRecord | null,
  { text, energy, sparsity, requantise, predictor, seed }: Partial<PackOptions>,
  modelPath: string,
): void {
  const made = record?.options;
  const differs =
    (text && text.sha256 !== made?.text?.sha256) ||
    (energy !== undefined && energy !== made?.energy) ||
    (sparsity !== undefined && sparsity !== made?.sparsity) ||
    (predictor !== undefined && predictor !== made?.predictor) ||
    (requantise !== undefined && requantise !== made?.requantise) ||
    (seed !== undefined && seed !== made?.seed);
  if (!differs) return;
  throw new PhononError(
    "pack_differs",
    `${modelPath} is packed there already, with ${made ? describeOptions(made) : "options that are not known here"}. ` +
      "--force packs it again with these.",
  );
}

export const describeOptions = ({ text, energy, sparsity, requantise, predictor, seed }: PackOptions): string =>
  `${text ? `the text ${text.path}` : `a text that it wrote itself (seed ${seed})`} and ${100 * energy} % of the energy kept` +
  (sparsity > 0 ? `, ${100 * sparsity} % of the activations counting as nothing` : "") +
  (requantise === null ? "" : `, requantised (${requantise})`) +
  (predictor === "auto" ? "" : `, ${predictor} predictors`);
