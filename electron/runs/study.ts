/** What ladders and curves have in common: contenders that differ in a few options, and each one's figures. */
import { PhononError } from "../base/errors.js";
import {
  keepStudy,
  newStudyId,
  STUDY_VERSION,
  type Study,
  type StudyFigures,
  type StudyRatio,
} from "../store/index.js";
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
  /** Chosen by the caller; default: a new one. */
  id?: string;
  rounds: number;
  /** What all contenders have in common. */
  run: Omit<RunRequest, "engine">;
}

export interface StudyHooks extends Omit<RoundsHooks, "onMeasured"> {
  /** What it has come to so far: after each run that ended, once there is one, and each contender that was left out. */
  onFigures?: (study: Study) => void;
}

/** Of a study: where it is kept, and its object. */
export interface Kept<Kind extends Study> {
  study: Kind;
  file: string;
}

/** What is to be run in turns, and how figures of it become a study. */
interface StudyPlan<Kind extends Study> {
  kind: Kind["kind"];
  variants: readonly Variant[];
  make: (head: StudyHead, measured: readonly Measured[]) => Kind;
}

type StudyHead = Omit<Study, "kind" | "rungs" | "points" | "memory_bytes">;

/** A study's run: with a cold page cache, and the same forced tokens to the last of them. */
export function studyRun(run: StudyRequest["run"], engine: EngineName): RunRequest {
  const common = { seconds: DEFAULT_STUDY_SECONDS, ...run, coldCache: true, ignoreEnd: true };
  const request = configurationOf(common, engine);
  return engine === "llama.cpp" ? { ...request, mmap: true, repack: false } : request;
}

/** Runs the variants in turns; all are checked before any is run. One that fails is left out, unless all of them do. */
export async function conduct<Kind extends Study>(
  { kind, variants, make }: StudyPlan<Kind>,
  { id = newStudyId(kind), rounds }: StudyRequest,
  { onFigures, ...hooks }: StudyHooks = {},
  world: World = realWorld,
): Promise<Kept<Kind>> {
  const started_at = new Date().toISOString();
  const contenders: Contender[] = [];
  for (const { name, request } of variants) {
    contenders.push({ name, prepared: await prepare(request, world, hooks.signal) });
  }
  const [first] = contenders;
  if (!first) throw new PhononError("bad_request", "There is nothing to measure.");
  const { config, modelPath } = first.prepared;
  const { target, tokens, seconds = null } = config;
  const head = { version: STUDY_VERSION, id, started_at, rounds, target, tokens, seconds, model: modelPath } as const;
  /** Null: no run has ended yet. */
  const studyOf = (measured: readonly Measured[], warnings: string[]): Kind | null => {
    const any = measured.find(({ summaries }) => summaries.length > 0)?.summaries[0];
    if (!any) return null;
    const { model_name, prompt_tokens } = any;
    return make({ ...head, model_name, prompt_tokens, warnings }, measured);
  };
  const onMeasured = (measured: readonly Measured[]): void => {
    const study = onFigures && studyOf(measured, []);
    if (study) onFigures(study);
  };
  const { measured, warnings } = await measureRounds(
    contenders,
    { id, rounds, leaveOut: true },
    { ...hooks, onMeasured },
  );
  const study = studyOf(measured, warnings);
  if (study) return { study, file: await keepStudy(study) };
  const why = measured[0]?.failure;
  throw new PhononError(why?.code ?? "internal", why?.message ?? "Nothing was measured.");
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

/** Decode speed of `a` over `b` in the rounds that both have had; null where one was left out or has none. */
export function decodeRatio(a: Measured | undefined, b: Measured | undefined): StudyRatio | null {
  if (!a || !b || a.failure !== null || b.failure !== null) return null;
  const both = Math.min(a.summaries.length, b.summaries.length);
  const ratio = ratioOf(a.summaries.slice(0, both), b.summaries.slice(0, both), "decode_tps");
  return ratio && { over: b.name, ...ratio };
}
