/** What a run on a target would take, from what was measured there before: nothing is started, moved or asked of it. */
import { PhononError } from "../base/errors.js";
import {
  inspectFile,
  planModel,
  resolveModel,
  type Plan,
  type PlanOptions,
  type PlanRequest,
} from "../models/index.js";
import { readPack, readProfile, type ProfileRecord } from "../store/index.js";
import { hashFile, knownHash, type HashOptions } from "../targets/file-hash.js";
import { localPackPath } from "../targets/local-packs.js";
import { packName } from "../targets/pack-name.js";
import type { RunConfig } from "./config.js";

/** Left out: the planner decides. */
export interface PlanQuery extends Partial<
  Pick<
    RunConfig,
    "memory" | "context" | "threads" | "cores" | "batch" | "eviction" | "cacheNeurons" | "activation" | "off"
  >
> {
  target: string;
  model: string; // a path on this computer, or "story"
  promptTokens?: number | undefined;
}

export interface PlannedRun {
  target: string;
  model: string;
  measuredAt: string; // the device's profile: ISO 8601
  /** Whose activation statistics were used; null: of a pack elsewhere, or assumed. */
  pack: string | null;
  plan: Plan;
}

export interface PlanHooks extends PlanOptions, HashOptions {
  /** Reads all of a file whose hash is not remembered, to find its pack; else such a pack is not found. */
  hash?: boolean;
}

/** Throws "no_profile" where the target has not been measured. */
export async function planRun(query: PlanQuery, hooks: PlanHooks = {}): Promise<PlannedRun> {
  const record = await readProfile(query.target);
  if (record === undefined) {
    const how = `\`phonon probe --target ${query.target}\` measures it in less than a minute.`;
    throw new PhononError(
      "no_profile",
      `Target ${query.target} has not been measured, so nothing can be planned. ${how}`,
    );
  }
  const path = resolveModel(query.model);
  const sha256 = await (hooks.hash === true ? hashOfModel(path, hooks) : knownHash(path));
  const name = sha256 === null ? null : packName(sha256, query.activation);
  const known = name === null ? {} : await packOf(query.target, name);
  const plan = await planModel(path, { ...requestOf(query, record), ...known }, hooks);
  return { target: query.target, model: path, measuredAt: record.measured_at, pack: known.pack ?? null, plan };
}

/** Null: the file is a pack itself. */
async function hashOfModel(path: string, hooks: PlanHooks): Promise<string | null> {
  const { metadata } = await inspectFile(path, hooks.signal ? { signal: hooks.signal } : {});
  return "phonon.pack.version" in metadata ? null : (await hashFile(path, hooks)).sha256;
}

/** The pack where it lies on this computer; else what packing told of it. */
async function packOf(target: string, name: string): Promise<Pick<PlanRequest, "pack" | "statistics">> {
  const pack = target === "local" ? await localPackPath(name) : null;
  if (pack !== null) return { pack };
  const made = await readPack(target, name);
  if (made === null) return {};
  const { let_through, recall, energy } = made.predictor;
  return { statistics: { active: made.profile.active, let_through, recall, energy } };
}

function requestOf(query: PlanQuery, { profile, device }: ProfileRecord): PlanRequest {
  const { memory, context, threads, cores, batch, eviction, cacheNeurons, activation, off, promptTokens } = query;
  return {
    profile,
    cores: device.cores.map(({ id, class: kind }) => ({ id, class: kind })),
    available_bytes: device.memory.available_bytes,
    ...(memory !== undefined && { memory_bytes: memory }),
    ...(context !== undefined && { context }),
    ...(threads !== undefined && { threads }),
    ...(cores !== undefined && { compute_cores: cores, threads: cores.length }),
    ...(batch !== undefined && { batch }),
    ...(eviction !== undefined && { eviction }),
    ...(cacheNeurons !== undefined && { cache_neurons: cacheNeurons }),
    ...(activation !== undefined && { activation }),
    ...(off !== undefined && off.length > 0 && { off }),
    ...(promptTokens !== undefined && { prompt: promptTokens }),
  };
}
