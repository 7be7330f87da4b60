/** How well an engine predicts a text and, against the other engine, how far their predictions lie apart. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { EventOf } from "../agent/messages.js";
import { messageOf, PhononError } from "../base/errors.js";
import { newRunId } from "../store/index.js";
import type { EngineName, Progress } from "../targets/target.js";
import { USUAL_BATCH } from "./batch.js";
import { commonOptions, engineOptions, type RunRequest } from "./config.js";
import { loadEngine, type LoadedEngine } from "./engine.js";
import { jobEvents } from "./job-events.js";
import { prepare, realWorld, type Prepared, type World } from "./prepare.js";

export interface PerplexityRequest {
  /** Where, with what, on how many threads. Its prompt and sampling play no part. */
  run: Omit<RunRequest, "prompt" | "promptTokens" | "promptRandom">;
  textFile: string;
  /** The other engine, to give the distance of predictions too. */
  against?: EngineName | undefined;
}

export interface PerplexityHooks {
  onProgress?: (progress: Progress) => void;
  onScore?: (event: EventOf<"score_progress">) => void;
  signal?: AbortSignal;
}

/** The object that `perplexity --json` prints. nll and kl are nats per token. */
export interface PerplexityResult {
  engine: string;
  target: string;
  model: string;
  text: string; // the file
  tokens: number;
  nll: number;
  perplexity: number;
  against?: { engine: string; nll: number; perplexity: number };
  kl_mean?: number | null;
  kl_max?: number | null;
  top1_agreement?: number | null;
  warnings: string[];
}

export async function perplexity(
  request: PerplexityRequest,
  hooks: PerplexityHooks = {},
  world: World = realWorld,
): Promise<PerplexityResult> {
  const { run, textFile, against } = request;
  const engine = run.engine ?? "phonon";
  if (against === engine) throw new PhononError("bad_request", `against: it is the same engine, ${engine}.`);
  await checkText(textFile);
  // The distance is measured inside the llama.cpp agent, which holds both engines.
  const own = await score(engine, against !== undefined && engine === "llama.cpp");
  const other = against && (await score(against, against === "llama.cpp"));
  const result: PerplexityResult = {
    engine,
    target: own.prepared.config.target,
    model: own.prepared.modelPath,
    text: textFile,
    tokens: own.event.tokens,
    nll: own.event.nll,
    perplexity: own.event.perplexity,
    warnings: [...own.prepared.warnings, ...warningsOf(own), ...(other ? warningsOf(other) : [])],
  };
  if (!other) return result;
  const { kl_mean = null, kl_max = null, top1_agreement = null } = (engine === "llama.cpp" ? own : other).event;
  const { nll, perplexity } = other.event;
  if (own.facts.pack || other.facts.pack) {
    result.warnings.push("the distance of predictions is that of the model in memory, not of its pack");
  }
  return { ...result, against: { engine: against, nll, perplexity }, kl_mean, kl_max, top1_agreement };

  async function score(name: EngineName, withPhonon: boolean): Promise<LoadedEngine & { event: EventOf<"scored"> }> {
    const own = { ...ownOptions(run, name), batch: run.batch ?? USUAL_BATCH };
    const prepared = await prepare({ ...own, engine: name, prompt: " " }, world, hooks.signal);
    const loaded = await loadEngine(withContext(prepared), { signal: hooks.signal, onProgress: hooks.onProgress });
    try {
      return { ...loaded, event: await scoreOn(loaded, textFile, withPhonon, hooks) };
    } finally {
      await loaded.session.close();
    }
  }
}

function warningsOf({ warnings, report, facts, prepared: { config } }: LoadedEngine): string[] {
  const unpredicted = facts.pack && config.batch !== 1 && !config.off?.includes("predictor") ? [UNPREDICTED] : [];
  return [...warnings, ...report.warnings, ...unpredicted];
}

const UNPREDICTED =
  "tokens of a text are computed together, for which no neuron is left out: with --batch 1 the predictor takes part";

/** The chunk that is scored at once: as asked for, else llama-perplexity's 512, or what the model was trained for. */
function withContext(prepared: Prepared): Prepared {
  const context = prepared.config.context ?? Math.min(512, prepared.facts.context || 512);
  return { ...prepared, config: { ...prepared.config, context } };
}

/** What the other engine has no use for stays away from it. */
const ownOptions = (run: PerplexityRequest["run"], engine: EngineName): PerplexityRequest["run"] =>
  engine === (run.engine ?? "phonon") ? run : { ...commonOptions(run), ...engineOptions(run, engine) };

async function scoreOn(
  { session, prepared, report }: LoadedEngine,
  textFile: string,
  withPhonon: boolean,
  { signal, onScore }: PerplexityHooks,
): Promise<EventOf<"scored">> {
  signal?.throwIfAborted();
  const run = newRunId();
  const path = await prepared.target.putModel(resolve(textFile), signal ? { signal } : {});
  await session.request<"score">({
    type: "score",
    run,
    path,
    context: report.context,
    against: withPhonon ? "phonon" : null,
  });
  let scored: EventOf<"scored"> | undefined;
  for await (const event of jobEvents(session, run, signal)) {
    if (event.kind === "score_progress") onScore?.(event);
    if (event.kind === "scored") scored = event;
  }
  if (!scored) throw new PhononError("internal", "The agent ended the scoring without a result.");
  return scored;
}

async function checkText(path: string): Promise<void> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new PhononError("file_missing", `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  if (!facts.isFile() || facts.size === 0) throw new PhononError("file_invalid", `${path} holds no text.`);
}
