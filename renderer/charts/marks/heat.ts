/** Rows of numbers by token, of which so many share a place as can be drawn: the greatest of each is what is seen. */
import { Column } from "../../state/columns.js";
import type { ActiveNeurons } from "../../state/trace.js";
import { strideOf, type Range } from "../data/thin.js";

const MAX_PLACES = 600;

export interface HeatPlaces {
  stride: number; // tokens that share a place
  from: number; // the first token
  rows: number;
  values: Float32Array; // [place][row]; NaN: not known
}

/** A column of places, [stretch][row], of how many of the first stretches it holds the greatest values. */
interface Level {
  values: Column;
  stretches: number;
}

/** By stride, from 2 on; they grow with their source. */
const levels = new WeakMap<ActiveNeurons, Map<number, Level>>();

export function heatPlaces(active: ActiveNeurons, count: number, range: Range): HeatPlaces {
  const { rows } = active;
  const stride = strideOf(range.to - range.from, MAX_PLACES);
  const first = Math.floor(range.from / stride);
  const places = Math.max(0, Math.ceil(range.to / stride) - first);
  const whole = Math.max(0, Math.min(places, Math.floor(count / stride) - first));
  const values = new Float32Array(places * rows);
  values.set(level(active, stride, first + whole).slice(first * rows, (first + whole) * rows));
  if (whole < places) values.set(greatest(active, (first + whole) * stride, count), whole * rows);
  return { stride, from: first * stride, rows, values };
}

/** The greatest values of at least `stretches` stretches. */
function level(active: ActiveNeurons, stride: number, stretches: number): Column {
  if (stride === 1) return active.values;
  let byStride = levels.get(active);
  if (byStride === undefined) levels.set(active, (byStride = new Map<number, Level>()));
  let of = byStride.get(stride);
  if (of === undefined) byStride.set(stride, (of = { values: Column.single(), stretches: 0 }));
  if (of.stretches >= stretches) return of.values;
  const { rows } = active;
  const halves = level(active, stride / 2, 2 * stretches);
  for (let at = of.stretches * rows; at < stretches * rows; at++) {
    const a = 2 * at - (at % rows);
    of.values.set(at, greater(halves.at(a), halves.at(a + rows)));
  }
  of.stretches = stretches;
  return of.values;
}

/** Of the tokens of a stretch that is not whole, by row. */
function greatest({ values, rows }: ActiveNeurons, from: number, to: number): Float32Array {
  const most = new Float32Array(rows).fill(NaN);
  for (let at = from * rows; at < to * rows; at++) most[at % rows] = greater(most[at % rows] ?? NaN, values.at(at));
  return most;
}

const greater = (a: number, b: number) => (Number.isNaN(a) || b > a ? b : a);
