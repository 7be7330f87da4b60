/**
 * The ladder of the paper's ablation on one target, with one pack and one budget: llama.cpp, then streaming without its
 * stages, then with one stage more on every rung. The predictor is on in all of them, as in the paper; a rung beside the
 * ladder says what it is worth.
 */
import { PhononError } from "../base/errors.js";
import type { Ablation } from "../store/index.js";
import type { STAGES } from "./config.js";
import type { EngineName } from "../targets/target.js";
import { realWorld } from "./prepare.js";
import type { Measured } from "./rounds.js";
import { verdictWarnings } from "./statistics.js";
import { conduct, decodeRatio, figuresOf, studyRun, type Kept, type StudyHooks, type StudyRequest } from "./study.js";

interface RungPlan {
  name: string;
  engine: EngineName;
  off: (typeof STAGES)[number][] | null; // null: it has no stages
  over: string | null; // the rung that it is measured against
  beside: boolean;
}

export const RUNGS: readonly RungPlan[] = [
  { name: "llama.cpp", engine: "llama.cpp", off: null, over: null, beside: false },
  { name: "baseline", engine: "phonon", off: ["bundle", "cache", "pipeline"], over: "llama.cpp", beside: false },
  { name: "+bundle", engine: "phonon", off: ["cache", "pipeline"], over: "baseline", beside: false },
  { name: "+cache", engine: "phonon", off: ["pipeline"], over: "+bundle", beside: false },
  { name: "+pipeline", engine: "phonon", off: [], over: "+cache", beside: false },
  { name: "no predictor", engine: "phonon", off: ["predictor"], over: "+pipeline", beside: true },
];

/** `run`: with a budget, and without stages to leave out. */
export async function ablate(
  request: StudyRequest,
  hooks: StudyHooks = {},
  world = realWorld,
): Promise<Kept<Ablation>> {
  const { rounds, run } = request;
  const { memory } = run;
  if (memory === undefined) throw new PhononError("bad_request", "memory: the ladder needs a budget.");
  if (run.off !== undefined || run.packed === false) {
    throw new PhononError("bad_request", "off, packed: the ladder itself says what is left out.");
  }
  const variants = RUNGS.map(({ name, engine, off }) => ({
    name,
    request: { ...studyRun(run, engine), ...(off && { off }) },
  }));
  return conduct(
    {
      kind: "ablation",
      variants,
      make: (head, measured) => ({
        ...{ ...head, kind: "ablation", memory_bytes: memory, rungs: rungsOf(measured) },
        warnings: [...head.warnings, ...verdictWarnings(rounds)],
      }),
    },
    request,
    hooks,
    world,
  );
}

function rungsOf(measured: readonly Measured[]): Ablation["rungs"] {
  return RUNGS.flatMap(({ name, off, over, beside }) => {
    const mine = measured.find((contender) => contender.name === name);
    const other = measured.find((contender) => contender.name === over);
    return mine ? [{ ...figuresOf(mine), off, beside, step: decodeRatio(mine, other) }] : [];
  });
}
