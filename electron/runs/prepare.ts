/** Everything that can be known to be wrong with a run before anything is moved, started or kept. */
import { PhononError } from "../base/errors.js";
import type { ModelFacts } from "../agent/messages.js";
import { untilAborted } from "../base/time.js";
import { inspectFacts, resolveModel } from "../models/index.js";
import type { Check, Target, TargetInfo } from "../targets/target.js";
import { withBatch } from "./batch.js";
import type { RunConfig, RunRequest } from "./config.js";
import { parseRunRequest } from "./parse.js";

/** What runs need of the rest of the program; tests pass their own. */
export interface World {
  openTarget(id: string): Promise<Target>;
  inspect(path: string, signal: AbortSignal | undefined): Promise<ModelFacts>;
}

export const realWorld: World = {
  openTarget: async (id) => (await import("../targets/index.js")).openTarget(id), // with all of adb; when it is needed
  inspect: (path, signal) => inspectFacts(path, signal ? { signal } : {}),
};

export interface Prepared {
  config: RunConfig;
  modelPath: string; // on this computer, absolute
  facts: ModelFacts;
  target: Target;
  abi: string | null;
  warnings: string[];
}

/** Throws a PhononError that says what stands in the way and what to do about it. */
export async function prepare(request: RunRequest, world: World, signal?: AbortSignal): Promise<Prepared> {
  signal?.throwIfAborted();
  const config = withBatch(parseRunRequest(request));
  const modelPath = resolveModel(config.model);
  const facts = await world.inspect(modelPath, signal);
  const { memoryBytes, ...ready } = await readyTarget(config.target, world, signal);
  if (config.memory !== undefined && memoryBytes !== null && config.memory > memoryBytes) {
    throw new PhononError(
      "bad_request",
      `memory: ${mebibytes(config.memory)} are more than target ${config.target} has (${mebibytes(memoryBytes)}).`,
    );
  }
  return { config, modelPath, facts, ...ready };
}

/** A target that passes its preflight. Throws a PhononError with what does not, and its remedy. */
export async function readyTarget(
  id: string,
  world: Pick<World, "openTarget">,
  signal?: AbortSignal,
): Promise<Pick<Prepared, "target" | "abi" | "warnings"> & Pick<TargetInfo, "memoryBytes">> {
  const look = async () => {
    const target = await world.openTarget(id);
    const { abi, memoryBytes } = await target.info();
    return { target, abi, memoryBytes, checks: await target.preflight() };
  };
  const { target, abi, memoryBytes, checks } = await (signal ? untilAborted(look(), signal) : look());
  const failed = checks.filter((check) => check.status === "fail");
  if (failed.length > 0) {
    throw new PhononError("preflight", `Target ${id} is not ready. ${failed.map(sentence).join(" ")}`);
  }
  return { target, abi, memoryBytes, warnings: checks.filter((check) => check.status === "warn").map(sentence) };
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;

function sentence({ name, detail, remedy }: Check): string {
  return [`${name}: ${detail}`, remedy]
    .filter((part) => part !== undefined)
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`))
    .join(" ");
}
