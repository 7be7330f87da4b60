/** Which of many values are drawn: never more than can be seen, and the extremes always. */
import type { Column } from "../../state/columns.js";
import type { Rows } from "../../state/thinning.js";
import { pyramidOf, type Pyramid, type Stretch } from "./pyramid.js";

/** Of indices: [from, to). */
export interface Range {
  from: number;
  to: number;
}

const MAX_STRETCHES = 480;

/** How many values share a place: a power of two, so that stretches stay the same while values are added. */
export function strideOf(values: number, limit = MAX_STRETCHES): number {
  let stride = 1;
  while (stride * limit < values) stride *= 2;
  return stride;
}

/**
 * The stretches that cover the range, each of about as many tokens (or samples), whether its rows are thinned or not. The
 * first and the last may reach beyond the range, but not beyond the rows there are.
 */
export function stretches(column: Column, rows: Rows, { from, to }: Range, limit = MAX_STRETCHES): Stretch[] {
  const { count, thinned, stride } = rows;
  const edge = Math.max(from, Math.min(to, thinned));
  const wide = strideOf((edge - from) * stride + (to - edge), limit);
  const pyramid = pyramidOf(column);
  return [
    ...cut(pyramid, { from, to: edge }, Math.max(1, wide / stride), { from: 0, to: thinned }),
    ...cut(pyramid, { from: edge, to }, wide, { from: thinned, to: count }),
  ];
}

function cut(pyramid: Pyramid, { from, to }: Range, stride: number, within: Range): Stretch[] {
  const all: Stretch[] = [];
  for (let at = Math.floor(from / stride) * stride; at < to; at += stride) {
    all.push(pyramid.stretch(Math.max(at, within.from), Math.min(at + stride, within.to)));
  }
  return all;
}

/** Of each stretch the least and the greatest value, in their order: where they are. A stretch without any is -1. */
export function extremes(all: readonly Stretch[]): number[] {
  const indices: number[] = [];
  for (const { least, most } of all) {
    indices.push(Math.min(least, most));
    if (most !== least) indices.push(Math.max(least, most));
  }
  return indices;
}

/** The least and the greatest value of stretches; NaN where none is known. */
export function span(column: Column, all: readonly Stretch[]): { least: number; most: number } {
  let [least, most] = [NaN, NaN];
  for (const stretch of all) {
    if (stretch.known === 0) continue;
    if (!(column.at(stretch.least) >= least)) least = column.at(stretch.least);
    if (!(column.at(stretch.most) <= most)) most = column.at(stretch.most);
  }
  return { least, most };
}
