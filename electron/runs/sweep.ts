/** A curve over memory: the same run in one budget after the other, by one engine or several. */
import { PhononError } from "../base/errors.js";
import type { Sweep } from "../store/index.js";
import type { EngineName } from "../targets/target.js";
import { realWorld } from "./prepare.js";
import type { Measured } from "./rounds.js";
import { conduct, figuresOf, studyRun, type Kept, type StudyHooks, type StudyRequest } from "./study.js";

export interface SweepRequest extends StudyRequest {
  /** Bytes; each once. */
  budgets: readonly number[];
  engines: readonly EngineName[];
}

const MiB = 1024 ** 2;

/** Evenly from the first to the last, both among them, in whole MiB. */
export function budgetsBetween(first: number, last: number, steps: number): number[] {
  const at = (step: number) => Math.round((first + ((last - first) * step) / Math.max(1, steps - 1)) / MiB) * MiB;
  return [...new Set(Array.from({ length: steps }, (_, step) => at(step)))];
}

/** Every budget with every engine, smallest budget first. */
export const pointsOf = (budgets: readonly number[], engines: readonly EngineName[]) =>
  [...budgets]
    .sort((a, b) => a - b)
    .flatMap((memory) => engines.map((engine) => ({ memory, engine, name: `${engine}, ${memory / MiB} MiB` })));

export async function sweep(request: SweepRequest, hooks: StudyHooks = {}, world = realWorld): Promise<Kept<Sweep>> {
  const { run, budgets, engines } = request;
  if (run.packed === false) throw new PhononError("bad_request", "packed: a curve over memory needs a pack.");
  const points = pointsOf(budgets, engines);
  const variants = points.map(({ name, memory, engine }) => ({
    name,
    request: { ...studyRun({ ...run, memory }, engine), ...(engine === "phonon" && { packed: true }) },
  }));
  const make = (head: Omit<Sweep, "kind" | "points">, measured: readonly Measured[]): Sweep => ({
    ...{ ...head, kind: "sweep" },
    points: points.flatMap(({ name, memory }) => {
      const mine = measured.find((contender) => contender.name === name);
      return mine ? [{ ...figuresOf(mine), memory_bytes: memory }] : [];
    }),
  });
  return conduct({ kind: "sweep", variants, make }, request, hooks, world);
}
