/**
 * The ladder of the paper's ablation on one target, with one pack and one budget: llama.cpp, then streaming without its
 * stages, then with one stage more on every rung. The predictor is on in all of them, as in the paper; a rung beside the
 * ladder says what it is worth.
 */
import { PhononError } from "../base/errors.js";
import { keepStudy, type Ablation } from "../store/index.js";
import type { STAGES } from "./config.js";
import { realWorld } from "./prepare.js";
import type { RoundsHooks } from "./rounds.js";
import { verdictWarnings } from "./statistics.js";
import { decodeRatio, figuresOf, measureVariants, studyRun, type Kept, type StudyRequest } from "./study.js";

interface RungPlan {
  name: string;
  off: (typeof STAGES)[number][] | null; // null: llama.cpp
  over: string | null; // the rung that it is measured against
  beside: boolean;
}

export const RUNGS: readonly RungPlan[] = [
  { name: "llama.cpp", off: null, over: null, beside: false },
  { name: "baseline", off: ["bundle", "cache", "pipeline"], over: "llama.cpp", beside: false },
  { name: "+bundle", off: ["cache", "pipeline"], over: "baseline", beside: false },
  { name: "+cache", off: ["pipeline"], over: "+bundle", beside: false },
  { name: "+pipeline", off: [], over: "+cache", beside: false },
  { name: "no predictor", off: ["predictor"], over: "+pipeline", beside: true },
];

/** `run`: with a budget, and without stages to leave out. */
export async function ablate(
  { rounds, run }: StudyRequest,
  hooks: RoundsHooks = {},
  world = realWorld,
): Promise<Kept<Ablation>> {
  const { memory } = run;
  if (memory === undefined) throw new PhononError("bad_request", "memory: the ladder needs a budget.");
  if (run.off !== undefined || run.packed === false) {
    throw new PhononError("bad_request", "off, packed: the ladder itself says what is left out.");
  }
  const variants = RUNGS.map(({ name, off }) => ({
    name,
    request: off ? { ...studyRun(run, "phonon"), off } : studyRun(run, "llama.cpp"),
  }));
  const { head, measured } = await measureVariants("ablation", variants, rounds, hooks, world);
  const rungs = RUNGS.flatMap(({ name, off, over, beside }) => {
    const mine = measured.find((contender) => contender.name === name);
    const other = measured.find((contender) => contender.name === over);
    return mine ? [{ ...figuresOf(mine), off, beside, step: decodeRatio(mine, other) }] : [];
  });
  const warnings = [...head.warnings, ...verdictWarnings(rounds)];
  const study: Ablation = { ...head, warnings, memory_bytes: memory, rungs };
  return { study, file: await keepStudy(study) };
}
