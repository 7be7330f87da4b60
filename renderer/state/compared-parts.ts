/** Where the time of engines' typical tokens goes, side by side: medians over their rounds, in ms. */
import { median } from "simple-statistics";
import type { ComparedRound } from "../../electron/ipc/contract.js";
import { PARTS, partLabel, partsOf, splitOf, timesOf, type Part } from "./parts.js";

interface PartName {
  part: Part;
  label: string;
}

export interface EngineParts {
  engine: string;
  wholeMs: number;
  parts: readonly (PartName & { ms: number })[]; // in the order in which they are stacked
}

/** Engines none of whose rounds has told yet are left out. */
export function comparedParts(engines: readonly string[], done: readonly ComparedRound[]): EngineParts[] {
  return engines.flatMap((engine) => {
    const rounds = done.flatMap((round) => (round.engine === engine && round.parts !== null ? [round.parts] : []));
    const [first] = rounds;
    if (first === undefined) return [];
    const split = splitOf(first, first.streamed);
    const times = rounds.map((parts) => timesOf(parts, parts.streamed));
    const parts = partsOf(split).map((part) => ({
      ...{ part, label: partLabel(part, split), ms: median(times.map((time) => time[part])) },
    }));
    return [{ engine, wholeMs: parts.reduce((sum, { ms }) => sum + ms, 0), parts }];
  });
}

/** Every part that some engine tells of, in the order in which they are stacked. */
export function partNamesIn(all: readonly EngineParts[]): PartName[] {
  const names = new Map(all.flatMap(({ parts }) => parts.map(({ part, label }) => [label, part] as const)));
  return PARTS.flatMap((part) => [...names].filter(([, of]) => of === part).map(([label]) => ({ part, label })));
}
