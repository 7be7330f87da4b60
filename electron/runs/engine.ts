/** A model loaded in an engine on a target: what several runs can share. */
import { agentBinary, programVersion } from "../agent/builds.js";
import type { AgentSession } from "../agent/session.js";
import type { LoadReport } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import { untilAborted } from "../base/time.js";
import { rememberModel } from "../models/index.js";
import type { Bundle, NewRun, RunRecord } from "../store/index.js";
import { hashFile } from "../targets/file-hash.js";
import type { Progress } from "../targets/target.js";
import { agentOf, type RunConfig } from "./config.js";
import { foresee } from "./foresee.js";
import { loadMessage } from "./messages.js";
import type { Prepared } from "./prepare.js";
import { packForRun, packWish } from "./run-pack.js";

export interface LoadedEngine {
  readonly prepared: Prepared;
  readonly session: AgentSession;
  readonly report: LoadReport;
  /** What run.json says of model, agent and device. */
  readonly facts: Pick<
    RunRecord,
    "versions" | "model" | "pack" | "prediction" | "planned" | "agent" | "device" | "load"
  >;
  /** What bringing it there had to say. */
  readonly warnings: readonly string[];
}

export interface LoadHooks {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Moves the model there, packs it where the run streams it and there is no pack, starts the agent, loads. The caller closes the session. On an error nothing is left open. */
export async function loadEngine(prepared: Prepared, { signal, onProgress }: LoadHooks = {}): Promise<LoadedEngine> {
  const { config, modelPath, target, facts } = prepared;
  const common = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const phase = (name: string, done: number, total: number) =>
    onProgress?.({ phase: name, done, total, bytesPerSecond: null, etaSeconds: null });

  const { sha256 } = await hashFile(modelPath, common);
  const targetPath = await target.putModel(modelPath, common);
  const place = { target, modelPath, sha256, targetPath };
  const { pack, warnings } = await packForRun(place, config, packWish(config, facts), { signal, onProgress });
  signal?.throwIfAborted();
  const session = await target.openAgent({
    engine: agentOf(config.engine),
    ...(config.level !== undefined && { level: config.level }),
    ...common,
  });
  try {
    signal?.throwIfAborted();
    const foreseen = pack && (await foresee(config, modelPath, signal));
    phase("loading", 0, facts.file_bytes);
    const loading = session.load(loadMessage(config, pack?.path ?? targetPath, pack !== null, foreseen?.stream));
    const report = await (signal ? untilAborted(loading, signal) : loading);
    phase("loading", facts.file_bytes, facts.file_bytes);
    await rememberModel(modelPath);
    const { greeting } = session;
    return {
      prepared,
      session,
      report,
      warnings,
      facts: {
        pack: pack && { target_path: pack.path, found: pack.found, made: pack.made },
        prediction: foreseen?.prediction ?? null,
        planned: foreseen?.followed ?? [],
        versions: {
          ...newVersions(),
          agent: greeting.version,
          agent_build: greeting.build,
          engine_build: greeting.engine_build,
          protocol: greeting.protocol,
        },
        model: { path: modelPath, target_path: targetPath, file_bytes: facts.file_bytes, sha256 },
        agent: await agentFile(config, greeting.device.abi, report.kernels),
        device: greeting.device,
        load: report,
      },
    };
  } catch (error) {
    await session.close();
    throw pack ? withRemedy(error, modelPath, config.target) : error;
  }
}

const DAMAGED = ["pack_corrupt", "pack_version", "file_invalid"];

/** Of a pack, which can be made again. */
function withRemedy(error: unknown, modelPath: string, target: string): unknown {
  if (!(error instanceof PhononError) || !DAMAGED.includes(error.code)) return error;
  const remedy = `\`phonon pack ${modelPath} --target ${target} --force\` makes it anew.`;
  return new PhononError(error.code, `${error.message}. ${remedy}`, { cause: error });
}

/** The agent's own file and hash, as far as this side can name the file: of llama.cpp there is one per level. */
async function agentFile(config: RunConfig, abi: string, kernels: string): Promise<RunRecord["agent"]> {
  try {
    const file = agentBinary(abi, agentOf(config.engine), config.level ?? kernels);
    return { file, sha256: (await hashFile(file)).sha256 };
  } catch {
    return null; // a fact that is good to have; the greeting's build id is there in any case
  }
}

const newVersions = (): RunRecord["versions"] => ({
  program: programVersion,
  node: process.versions.node,
  agent: null,
  agent_build: null,
  engine_build: null,
  protocol: null,
});

/** A new run's record as far as it is known before anything is loaded. */
export function newRunOf(prepared: Prepared, comparison: RunRecord["comparison"] = null): NewRun {
  const { config, modelPath, facts } = prepared;
  return {
    kind: "run",
    engine: config.engine,
    target: config.target,
    config,
    comparison,
    versions: newVersions(),
    model: { path: modelPath, target_path: null, file_bytes: facts.file_bytes, sha256: null },
    agent: null,
    warnings: prepared.warnings,
  };
}

export async function noteEngine(bundle: Bundle, { facts, warnings }: LoadedEngine): Promise<void> {
  await bundle.note(facts);
  for (const warning of warnings) await bundle.warn(warning);
}
