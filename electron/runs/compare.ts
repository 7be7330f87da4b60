/** Engines side by side: rounds in turns on the same forced tokens, and what they say of each engine against the others. */
import { randomUUID } from "node:crypto";
import { PhononError } from "../base/errors.js";
import type { EngineName } from "../targets/target.js";
import { commonOptions, engineOptions, type RunRequest, type RunSummary } from "./config.js";
import { pairsOf, resultOf, type ComparedResult, type Pair } from "./compare-results.js";
import { prepare, realWorld } from "./prepare.js";
import { measureRounds, type Contender, type RoundsHooks, type RoundStep } from "./rounds.js";
import { verdictWarnings } from "./statistics.js";

export interface CompareRequest {
  /** Chosen by the caller; default: a random one. */
  id?: string;
  /** At least two, each once. */
  engines: EngineName[];
  rounds: number;
  /** What all have in common; options that only one engine has go to that one. */
  run: Omit<RunRequest, "engine">;
}

/** What a comparison does now. */
export type CompareStep = Omit<RoundStep, "name">;

export interface CompareHooks extends Omit<RoundsHooks, "onStep" | "onRound" | "onFailure"> {
  onStep?: (step: CompareStep) => void;
  onRound?: (round: number, rounds: number, summary: RunSummary) => void;
}

/** The object that `compare --json` prints. */
export interface Comparison {
  comparison_id: string;
  target: string;
  model: string;
  rounds: number;
  kept_loaded: boolean; // false: memory did not allow it, so every run loaded its model
  results: ComparedResult[];
  pairs: Pair[];
  warnings: string[];
}

export const DEFAULT_FORCE_SEED = 1;

export async function compare(
  request: CompareRequest,
  hooks: CompareHooks = {},
  world = realWorld,
): Promise<Comparison> {
  const { engines, rounds, id = randomUUID() } = request;
  if (engines.length < 2 || new Set(engines).size !== engines.length) {
    throw new PhononError("bad_request", "engines: name at least two, each once.");
  }
  const contenders: Contender[] = [];
  for (const engine of engines) {
    const prepared = await prepare(configurationOf(request.run, engine), world, hooks.signal);
    contenders.push({ name: engine, prepared });
  }
  const { measured, keptLoaded, warnings } = await measureRounds(contenders, { id, rounds }, hooks);
  const results = measured.map(({ name, summaries }) => resultOf(name, summaries));
  const [first] = contenders;
  return {
    comparison_id: id,
    target: first?.prepared.config.target ?? "",
    model: first?.prepared.modelPath ?? "",
    rounds,
    kept_loaded: keptLoaded,
    results,
    pairs: pairsOf(
      results,
      measured.map(({ summaries }) => summaries),
    ),
    warnings: [...warnings, ...verdictWarnings(rounds)],
  };
}

/** Drops what only the other engine has, and feeds forced tokens unless something else was asked for. */
export function configurationOf(run: CompareRequest["run"], engine: EngineName): RunRequest {
  return { forceTokens: DEFAULT_FORCE_SEED, ...commonOptions(run), ...engineOptions(run, engine), engine };
}
