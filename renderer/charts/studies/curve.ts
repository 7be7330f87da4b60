/** A curve over memory as charts have it: for each engine a line through its budgets. Budgets in MiB. */
import type { Sweep } from "../../../electron/ipc/contract.js";
import { engineColour, engineLabel } from "../../state/engines.js";
import { NONE, bytes, count, percent, text, tick } from "../../state/format.js";
import { decodeInWords, failureInWords } from "../../state/study-figures.js";
import { binaryAxis } from "../data/binary-axis.js";
import { valueAxis, type Axis } from "../data/scale.js";
import { amount } from "../marks/flash.js";
import type { DataTable, Look, Mark, Series } from "../marks/mark.js";
import { crossPath, dotPath, linePath, whiskerPath } from "../marks/paths.js";
import type { Place } from "../reading.js";

export type Point = Sweep["points"][number];

export interface Metric {
  id: string;
  title: string;
  unit: string;
  value: (point: Point) => number | null; // as it is drawn
  spread?: (point: Point) => { min: number; max: number } | null;
  words: (point: Point) => string;
  tick: (value: number) => string;
  empty: string;
  /** Bytes; or per cent, of a whole that the axis shows, or of which there may be little. */
  of?: "bytes" | "whole" | "part";
  limit?: number; // a line that should not be crossed
}

const PERCENT: Axis = { from: 0, to: 100, ticks: [0, 25, 50, 75, 100] };
const STEPS = 3;

/** No axis of shares goes beyond the whole, unless a share does. */
export function curveAxis({ of }: Pick<Metric, "of">, most: number): Axis {
  if (of === "bytes") return binaryAxis(0, most);
  const isWhole = of === "whole" || (of === "part" && most > 50);
  return isWhole && most <= 100 ? PERCENT : valueAxis(0, most, STEPS);
}

const percentOf = (share: number | null) => (share === null ? null : 100 * share);
const percentTick = (value: number) => `${tick(value)} %`;
const NO_PACK = "None of these engines streams from a pack.";

/** Of the budget, in per cent. */
const peakOf = ({ memory, memory_bytes }: Point) =>
  memory.peak_bytes === null ? null : (100 * memory.peak_bytes) / memory_bytes;

export const METRICS: readonly Metric[] = [
  {
    ...{ id: "speed", title: "Decode speed", unit: "tok/s, median of the rounds, with the lowest and the highest" },
    value: ({ decode_tps }) => decode_tps?.median ?? null,
    spread: ({ decode_tps }) => decode_tps,
    words: (point) => failureInWords(point) ?? decodeInWords(point.decode_tps),
    tick,
    empty: "Drawn as soon as the first run has ended.",
  },
  {
    ...{ id: "hits", title: "Hit rate", unit: "of the neurons looked for", of: "whole" },
    value: ({ hit_rate }) => percentOf(hit_rate),
    words: ({ hit_rate }) => text(percent(hit_rate)),
    tick: percentTick,
    empty: NO_PACK,
  },
  {
    ...{ id: "stall", title: "Waiting for flash", unit: "of decode time", of: "part" },
    value: ({ stall_share }) => percentOf(stall_share),
    words: ({ stall_share }) => text(percent(stall_share)),
    tick: percentTick,
    empty: NO_PACK,
  },
  {
    ...{ id: "read", title: "Read from flash", unit: "for a token", of: "bytes" },
    value: ({ per_token }) => per_token?.read_bytes ?? null,
    words: ({ per_token }) => text(bytes(per_token?.read_bytes ?? null)),
    tick: amount,
    empty: NO_PACK,
  },
  {
    ...{ id: "peak", title: "Peak memory", unit: "of the budget", of: "whole", limit: 100 },
    value: peakOf,
    words(point) {
      const share = peakOf(point);
      return share === null ? NONE : `${text(percent(share / 100))} · ${text(bytes(point.memory.peak_bytes))}`;
    },
    tick: percentTick,
    empty: "No run told its peak.",
  },
];

const MIB = 2 ** 20;
export const mibOf = ({ memory_bytes }: Point): number => memory_bytes / MIB;
export const enginesOf = (points: readonly Point[]): string[] => [...new Set(points.map(({ engine }) => engine))];

export const placesOf = (points: readonly Point[]): Place[] =>
  [...new Set(points.map(mibOf))].map((x) => ({ x, text: `${count(Math.round(x))} MiB` }));

/** A little room beside the first and the last budget. */
export function axisOf(places: readonly Place[]): { from: number; to: number } {
  const [least = 0, most = 1] = [places[0]?.x, places.at(-1)?.x];
  const room = Math.max(1, 0.05 * (most - least));
  return { from: least - room, to: most + room };
}

/** Not colour alone tells them apart. */
const LOOKS: Record<string, Look> = { phonon: "thick", "llama.cpp": "dash", llmflash: "line" };
const lookOf = (engine: string): Look => LOOKS[engine] ?? "line";

const DOT = 3; // pixels
const CAP = 4;
const CROSS = 4;

export function curveMarks(points: readonly Point[], { value, spread }: Metric): Mark[] {
  return enginesOf(points).flatMap((engine): Mark[] => {
    const own = points.filter((point) => point.engine === engine);
    const common = { series: engine, colour: engineColour(engine) };
    const known = own.flatMap((point) => {
      const y = value(point);
      return y === null ? [] : [{ point, x: mibOf(point), y }];
    });
    const line: Mark["path"] = ({ x, y }) =>
      linePath(
        own.length,
        (i) => x(mibOf(own[i] as Point)),
        (i) => y(value(own[i] as Point) ?? NaN),
      );
    const dots: Mark["path"] = ({ x, y }) => known.map((one) => dotPath(x(one.x), y(one.y), DOT)).join("");
    const whiskers: Mark["path"] = ({ x, y }) =>
      known
        .map((one) => ({ x: one.x, range: spread?.(one.point) ?? null }))
        .map(({ x: at, range }) => (range ? whiskerPath(x(at), y(range.min), y(range.max), CAP) : ""))
        .join("");
    const failed = own.filter(({ failure }) => failure !== null);
    const crosses: Mark["path"] = ({ x, y }) =>
      failed.map((point) => crossPath(x(mibOf(point)), y(0) - 2 * CROSS, CROSS)).join("");
    return [
      { ...common, look: lookOf(engine), path: line },
      { ...common, look: "fill", path: dots },
      ...(spread ? [{ ...common, look: "line" as const, path: whiskers }] : []),
      ...(spread && failed.length > 0 ? [{ ...common, look: "thick" as const, path: crosses }] : []),
    ];
  });
}

export function curveSeries(points: readonly Point[], { words }: Metric): Series[] {
  return enginesOf(points).map((engine) => ({
    ...{ id: engine, label: engineLabel(engine), look: lookOf(engine), colour: engineColour(engine) },
    read: (x) => {
      const own = points.filter((point) => point.engine === engine);
      const point = x === null ? own.at(-1) : own.find((one) => mibOf(one) === x);
      return point === undefined ? NONE : words(point);
    },
  }));
}

/** Every figure of every point, whichever chart it is copied from. */
export function curveTable(points: readonly Point[]): DataTable {
  const columns = ["engine", "budget_mib", "decode_tps", "decode_tps_min", "decode_tps_max", "hit_rate", "stall_share"];
  return {
    columns: [...columns, "read_bytes_per_token", "peak_bytes", "failure"],
    rows: points.map(({ decode_tps: tps, per_token, memory, failure, ...point }) => [
      ...[point.engine, point.memory_bytes / MIB, tps?.median ?? null, tps?.min ?? null, tps?.max ?? null],
      ...[point.hit_rate, point.stall_share, per_token?.read_bytes ?? null, memory.peak_bytes, failure?.code ?? null],
    ]),
  };
}
