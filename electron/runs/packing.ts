/**
 * A model's pack on a target. There is one for each model and activation, named by the model's hash; packing with other
 * options replaces it.
 */
import type { EventOf, PackState } from "../agent/messages.js";
import type { AgentSession } from "../agent/session.js";
import { PhononError } from "../base/errors.js";
import { forgetPack, formerPacks, keepPack, newRunId, type PackRecord } from "../store/index.js";
import { hashFile } from "../targets/file-hash.js";
import { packName } from "../targets/pack-name.js";
import type { Progress, Target } from "../targets/target.js";
import { jobEvents } from "./job-events.js";
import { PackClock } from "./pack-clock.js";

export type PackOptions = PackRecord["options"];

export const DEFAULT_PACK_OPTIONS: PackOptions = {
  ...{ text: null, energy: 0.995, sparsity: 0, requantise: null, activation: null, predictor: "auto", seed: 1 },
};

/** A model that has been brought to a target. */
export interface PlacedModel {
  target: Target;
  modelPath: string; // on this computer
  sha256: string;
  targetPath: string;
}

export interface Pack {
  name: string;
  path: string; // on the target
  found: PackState; // before it was packed
  /** Null: it was there. */
  made: PackRecord | null;
  resumedLayers: number; // that an interrupted packing had written
  warnings: string[];
}

export interface PackHooks {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  onStep?: ((event: EventOf<"pack_progress">) => void) | undefined;
}

/** How the pack stands. `session`: with phonon's own agent. */
export async function lookForPack(
  session: AgentSession,
  { target, sha256, targetPath }: PlacedModel,
  activation: PackOptions["activation"],
): Promise<Pick<Pack, "name" | "path" | "found">> {
  const name = packName(sha256, activation ?? undefined);
  const path = await target.packPath(name);
  const { state } = await session.request<"check_pack">({ type: "check_pack", model: targetPath, pack: path });
  return { name, path, found: state };
}

/**
 * Packs the model, whether there is a pack or not. Where an agent was killed while it made the same pack, it goes on from
 * the last layer that was written; what is cancelled or fails leaves nothing.
 */
export async function makePack(
  session: AgentSession,
  model: PlacedModel,
  { name, path, found }: Pick<Pack, "name" | "path" | "found">,
  options: PackOptions,
  hooks: PackHooks,
): Promise<Pack> {
  const { packed, warnings } = await carryOut(session, model, path, options, hooks);
  const { bytes, seconds, profile, predictor, quality, resumed_layers: resumedLayers = 0 } = packed;
  const made = await keepPack({
    ...{ target: model.target.id, name, path, model: model.modelPath, sha256: model.sha256, options },
    ...{ packed_at: new Date().toISOString(), agent_build: session.greeting.build },
    ...{ bytes, seconds, profile, predictor, ...(quality && { quality }) },
  });
  const former = await removeFormer(model.target, made);
  return { name, path, found, made, resumedLayers, warnings: [...whyAgain(found), ...warnings, ...former] };
}

async function carryOut(
  session: AgentSession,
  { target, targetPath }: PlacedModel,
  path: string,
  { text, energy, sparsity, requantise, activation, predictor, seed }: PackOptions,
  { signal, onProgress, onStep }: PackHooks,
): Promise<{ packed: EventOf<"packed">; warnings: string[] }> {
  const textPath = text && (await target.putModel(text.path, signal ? { signal } : {}));
  signal?.throwIfAborted();
  const run = newRunId();
  await session.request<"pack">({
    type: "pack",
    ...{ run, model: targetPath, pack: path, energy_share: energy, seed },
    ...(sparsity > 0 && { sparsity }),
    ...(requantise !== null && { requantise }),
    ...(activation !== null && { activation }),
    ...(predictor !== "auto" && { predictor }),
    ...(textPath !== null && { text_path: textPath }),
  });
  const clock = new PackClock();
  const warnings: string[] = [];
  let packed: EventOf<"packed"> | undefined;
  for await (const event of jobEvents(session, run, signal)) {
    if (event.kind === "pack_progress") {
      onStep?.(event);
      onProgress?.(clock.progress(event));
    }
    if (event.kind === "warning") warnings.push(event.message);
    if (event.kind === "packed") packed = event;
  }
  if (!packed) throw new PhononError("internal", "The agent ended packing without a result.");
  return { packed, warnings };
}

function whyAgain(found: PackState): string[] {
  if (found === "stale") return ["the model had changed since it was packed: it was packed again"];
  return found === "unreadable" ? ["its pack was damaged or of another version: it was packed again"] : [];
}

/** A pack is as large as its model; of what a changed file held before, nothing can be run any more. */
async function removeFormer(target: Target, made: PackRecord): Promise<string[]> {
  const former = await formerPacks(made);
  for (const old of former) {
    await target.removePack(old.name);
    await forgetPack(old);
  }
  return former.length > 0 ? ["the model had changed since it was packed: its old pack was replaced"] : [];
}

export async function textFile(
  path: string,
  hooks: Pick<PackHooks, "signal">,
): Promise<NonNullable<PackOptions["text"]>> {
  const { path: absolute, sha256 } = await hashFile(path, hooks);
  return { path: absolute, sha256 };
}
