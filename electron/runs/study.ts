/** What ladders and curves have in common: contenders that differ in a few options, and each one's figures. */
import { PhononError } from "../base/errors.js";
import { newStudyId, STUDY_VERSION, type Study, type StudyFigures, type StudyRatio } from "../store/index.js";
import { configurationOf } from "./compare.js";
import { ratioOf, resultOf } from "./compare-results.js";
import type { RunRequest } from "./config.js";
import { prepare, realWorld, type World } from "./prepare.js";
import { measureRounds, type Contender, type Measured, type RoundsHooks } from "./rounds.js";
import type { EngineName } from "../targets/target.js";
import { medianOf, spreadOf, type Spread } from "./statistics.js";

/** A run that takes longer is ended, so that a slow contender does not take hours. */
export const DEFAULT_STUDY_SECONDS = 30;

export interface Variant {
  name: string;
  request: RunRequest;
}

export interface StudyRequest {
  rounds: number;
  /** What all contenders have in common. */
  run: Omit<RunRequest, "engine">;
}

/** Of a study: where it is kept, and its object. */
export interface Kept<Kind extends Study> {
  study: Kind;
  file: string;
}

/** A study's run: with a cold page cache, and the same forced tokens to the last of them. */
export function studyRun(run: StudyRequest["run"], engine: EngineName): RunRequest {
  const common = { seconds: DEFAULT_STUDY_SECONDS, ...run, coldCache: true, ignoreEnd: true };
  const request = configurationOf(common, engine);
  return engine === "llama.cpp" ? { ...request, mmap: true, repack: false } : request;
}

/** Runs the variants in turns; all are checked before any is run. One that fails is left out, unless all of them do. */
export async function measureVariants<Kind extends Study["kind"]>(
  kind: Kind,
  variants: readonly Variant[],
  rounds: number,
  hooks: RoundsHooks = {},
  world: World = realWorld,
) {
  const id = newStudyId(kind);
  const started_at = new Date().toISOString();
  const contenders: Contender[] = [];
  for (const { name, request } of variants) {
    contenders.push({ name, prepared: await prepare(request, world, hooks.signal) });
  }
  const { measured, warnings } = await measureRounds(contenders, { id, rounds, leaveOut: true }, hooks);
  const any = measured.find(({ summaries }) => summaries.length > 0)?.summaries[0];
  const [first] = contenders;
  if (!any || !first) {
    const why = measured[0]?.failure;
    throw new PhononError(why?.code ?? "bad_request", why?.message ?? "There is nothing to measure.");
  }
  const { config, modelPath } = first.prepared;
  const { target, tokens, seconds = null } = config;
  const { model_name, prompt_tokens } = any;
  const head = { version: STUDY_VERSION, kind, id, started_at, rounds, warnings } as const;
  return { head: { ...head, target, tokens, seconds, model: modelPath, model_name, prompt_tokens }, measured };
}

const spreadOfKnown = (values: readonly (number | null)[]): Spread | null => {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? spreadOf(known) : null;
};

export function figuresOf({ name, engine, summaries, failure }: Measured): StudyFigures {
  const result = summaries.length > 0 ? resultOf(name, summaries) : null;
  const stream = result?.stream;
  return {
    name,
    engine,
    run_ids: summaries.map((summary) => summary.run_id),
    failure,
    output_tokens: medianOf(summaries.map((summary) => summary.output_tokens)),
    decode_tps: spreadOfKnown(summaries.map((summary) => summary.decode_tps)),
    prefill_tps: spreadOfKnown(summaries.map((summary) => summary.prefill_tps)),
    ttft_ms: result?.ttft_ms ?? null,
    decode_ms: result?.decode_ms ?? { mean: null, p50: null, p90: null, p99: null },
    memory: {
      budget_bytes: result?.memory.budget_bytes ?? null,
      peak_bytes: result?.memory.peak_bytes ?? null,
      enforced: result?.memory.enforced ?? null,
    },
    per_token: stream?.per_token ?? null,
    hit_rate: stream?.hit_rate ?? null,
    stall_share: stream?.stall_share ?? null,
    cache: stream ? { bytes: stream.cache_bytes, neurons: stream.cache_neurons, of_neurons: stream.neurons } : null,
  };
}

/** Decode speed of `a` over `b`; null where one of them was left out or has none. */
export function decodeRatio(a: Measured | undefined, b: Measured | undefined): StudyRatio | null {
  if (!a || !b || a.failure !== null || b.failure !== null) return null;
  const ratio = ratioOf(a.summaries, b.summaries, "decode_tps");
  return ratio && { over: b.name, ...ratio };
}
