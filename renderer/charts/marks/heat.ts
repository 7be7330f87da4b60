/** Rows of numbers by token, of which so many share a place as can be drawn: the greatest of each is what is seen. */
import { Column } from "../../state/columns.js";
import { greater } from "../../state/thinning.js";
import type { LayerValues } from "../../state/trace.js";
import { strideOf, type Range } from "../data/thin.js";

const MAX_PLACES = 600;
const BASE = 8; // tokens of a place from which on places are kept; smaller ones are few, and made for each drawing

export interface HeatPlaces {
  stride: number; // tokens that share a place
  from: number; // the first token
  rows: number;
  values: Float32Array; // [place][row]; NaN: not known
}

/** A column of places, [place][row], of how many of the first places it holds the greatest values. */
interface Level {
  values: Column;
  places: number;
}

/** By stride; they grow with their source. */
const levels = new WeakMap<LayerValues, Map<number, Level>>();

export function heatPlaces(counts: LayerValues, count: number, range: Range): HeatPlaces {
  const { rows } = counts;
  const stride = strideOf(range.to - range.from, MAX_PLACES);
  const first = Math.floor(range.from / stride);
  const places = Math.max(0, Math.ceil(range.to / stride) - first);
  const kept = stride < BASE ? 0 : Math.max(0, Math.min(places, Math.floor(count / stride) - first));
  const values = new Float32Array(places * rows);
  if (kept > 0) values.set(level(counts, stride, first + kept).slice(first * rows, (first + kept) * rows));
  for (let place = kept; place < places; place++) {
    const from = (first + place) * stride;
    values.set(greatest(counts.values, rows, from, Math.min(from + stride, count)), place * rows);
  }
  return { stride, from: first * stride, rows, values };
}

/** The greatest values of at least `places` places. */
function level(counts: LayerValues, stride: number, places: number): Column {
  let byStride = levels.get(counts);
  if (byStride === undefined) levels.set(counts, (byStride = new Map<number, Level>()));
  let of = byStride.get(stride);
  if (of === undefined) byStride.set(stride, (of = { values: Column.single(), places: 0 }));
  if (of.places >= places) return of.values;
  const [source, ratio] = stride === BASE ? [counts.values, BASE] : [level(counts, stride / 2, 2 * places), 2];
  for (; of.places < places; of.places++) {
    const most = greatest(source, counts.rows, of.places * ratio, (of.places + 1) * ratio);
    for (let row = 0; row < counts.rows; row++) of.values.set(of.places * counts.rows + row, most[row]);
  }
  return of.values;
}

/** Of [from, to), by row. */
function greatest(values: Column, rows: number, from: number, to: number): Float32Array {
  const most = new Float32Array(rows).fill(NaN);
  for (let at = from * rows; at < to * rows; at++) most[at % rows] = greater(most[at % rows] ?? NaN, values.at(at));
  return most;
}
