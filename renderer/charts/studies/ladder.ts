/** A ladder as a chart has it: a bar for each rung, with the spread of its rounds, and what is read of each. */
import type { Ablation } from "../../../electron/ipc/contract.js";
import { engineColour, engineLabel } from "../../state/engines.js";
import { NONE, digits, percent, speed, text } from "../../state/format.js";
import { decodeInWords, failureInWords, stepInFew } from "../../state/study-figures.js";
import type { DataTable, Label, Mark, Series } from "../marks/mark.js";
import { barPath, whiskerPath } from "../marks/paths.js";
import type { Place } from "../reading.js";

export type Rung = Ablation["rungs"][number];

const BAR = 0.56; // of a rung's room
const CAP = 5; // pixels

/** A rung's middle. */
const at = (index: number): number => index + 0.5;

export const placesOf = (rungs: readonly Rung[]): Place[] => rungs.map(({ name }, i) => ({ x: at(i), text: name }));

export function ladderMarks(rungs: readonly Rung[]): Mark[] {
  return rungs.flatMap(({ engine, beside, decode_tps }, i): Mark[] => {
    if (decode_tps === null) return [];
    const { median, min, max } = decode_tps;
    const bar: Mark["path"] = ({ x, y }) => barPath(x(at(i)), y(median), y(0), x(BAR) - x(0));
    const whisker: Mark["path"] = ({ x, y }) => whiskerPath(x(at(i)), y(min), y(max), CAP);
    return [
      { series: engine, look: beside ? "dash" : "fill", colour: engineColour(engine), path: bar },
      { series: engine, look: "line", colour: "var(--ink)", path: whisker },
    ];
  });
}

export const ladderLabels = (rungs: readonly Rung[]): Label[] =>
  rungs.flatMap(({ engine, decode_tps }, i) =>
    decode_tps === null ? [] : [{ series: engine, x: at(i), y: decode_tps.max, text: digits(decode_tps.median) }],
  );

/** The rung whose middle is nearest. */
const rungAt = (rungs: readonly Rung[], x: number | null): Rung | undefined =>
  x === null ? rungs.findLast(({ beside }) => !beside) : rungs[Math.max(0, Math.min(Math.floor(x), rungs.length - 1))];

export function ladderSeries(rungs: readonly Rung[]): Series[] {
  return [...new Set(rungs.map(({ engine }) => engine))].map((engine) => {
    const read = (x: number | null): string => {
      const rung = rungAt(rungs, x);
      return rung?.engine === engine ? text(speed(rung.decode_tps?.median ?? null)) : "";
    };
    return { id: engine, label: engineLabel(engine), look: "fill", colour: engineColour(engine), read };
  });
}

/** What the cursor says of a rung. */
export function ladderDetails(rungs: readonly Rung[]): Series[] {
  const figure = (id: string, label: string, of: (rung: Rung) => string): Series => ({
    ...{ id, label, look: "fill", colour: "", isFigure: true },
    read: (x) => {
      const rung = rungAt(rungs, x);
      return rung === undefined ? NONE : of(rung);
    },
  });
  return [
    figure("decode", "decode", (rung) => failureInWords(rung) ?? decodeInWords(rung.decode_tps)),
    figure("step", "over the rung before", ({ step }) => stepInFew(step)),
    figure("hits", "hits", ({ hit_rate }) => text(percent(hit_rate))),
    figure("misses", "misses a token", ({ per_token }) =>
      per_token?.misses == null ? NONE : digits(per_token.misses),
    ),
    figure("stall", "waiting for flash", ({ stall_share }) => text(percent(stall_share))),
  ];
}

export function ladderTable(rungs: readonly Rung[]): DataTable {
  const columns = [
    "rung",
    "decode_tps",
    "decode_tps_min",
    "decode_tps_max",
    "over_rung_before",
    "ci95_low",
    "ci95_high",
  ];
  return {
    columns: [...columns, "hit_rate", "misses_per_token", "stall_share"],
    rows: rungs.map(({ name, decode_tps: tps, step, hit_rate, per_token, stall_share }) => [
      ...[name, tps?.median ?? null, tps?.min ?? null, tps?.max ?? null],
      ...[step?.ratio ?? null, step?.ci95[0] ?? null, step?.ci95[1] ?? null],
      ...[hit_rate, per_token?.misses ?? null, stall_share],
    ]),
  };
}
