/**
 * Least, greatest and sum of stretches of a column, each computed once: a drawing of a million tokens looks at some
 * thousand numbers. Only whole stretches are kept, so it grows with its column and is never wrong.
 */
import type { Column } from "../../state/columns.js";

const BASE = 16; // values in a stretch of the lowest level; each level's stretches are twice as long

export interface Stretch {
  from: number;
  to: number; // after the last one
  least: number; // index; -1: no value is known
  most: number;
  sum: number; // of the known values
  known: number;
}

interface Level {
  least: number[];
  most: number[];
  sum: number[];
  known: number[];
}

export class Pyramid {
  readonly #levels: Level[] = [];

  constructor(private readonly column: Column) {}

  /** [from, to), which is a whole stretch of length `to - from` where that is a power of two and `from` a multiple. */
  stretch(from: number, to: number): Stretch {
    const length = to - from;
    const level = Math.log2(length / BASE);
    if (level < 0 || !Number.isInteger(level) || from % length !== 0) return this.#scan(from, to);
    const { least, most, sum, known } = this.#level(level, from / length + 1);
    const at = from / length;
    return { from, to, least: least[at] ?? -1, most: most[at] ?? -1, sum: sum[at] ?? 0, known: known[at] ?? 0 };
  }

  /** The level with at least `count` stretches. */
  #level(number: number, count: number): Level {
    const level = (this.#levels[number] ??= { least: [], most: [], sum: [], known: [] });
    while (level.least.length < count) {
      const at = level.least.length;
      const length = BASE << number;
      const { least, most, sum, known } =
        number === 0 ? this.#scan(at * length, (at + 1) * length) : this.#joined(at * length, length);
      level.least.push(least);
      level.most.push(most);
      level.sum.push(sum);
      level.known.push(known);
    }
    return level;
  }

  #joined(from: number, length: number): Stretch {
    const a = this.stretch(from, from + length / 2);
    const b = this.stretch(from + length / 2, from + length);
    return {
      from,
      to: from + length,
      least: a.least < 0 || this.column.at(b.least) < this.column.at(a.least) ? b.least : a.least,
      most: a.most < 0 || this.column.at(b.most) > this.column.at(a.most) ? b.most : a.most,
      sum: a.sum + b.sum,
      known: a.known + b.known,
    };
  }

  #scan(from: number, to: number): Stretch {
    let [least, most, sum, known] = [-1, -1, 0, 0];
    for (let at = from; at < to; at++) {
      const value = this.column.at(at);
      if (Number.isNaN(value)) continue;
      if (least < 0 || value < this.column.at(least)) least = at;
      if (most < 0 || value > this.column.at(most)) most = at;
      sum += value;
      known += 1;
    }
    return { from, to, least, most, sum, known };
  }
}

const pyramids = new WeakMap<Column, Pyramid>();

export function pyramidOf(column: Column): Pyramid {
  let pyramid = pyramids.get(column);
  if (pyramid === undefined) pyramids.set(column, (pyramid = new Pyramid(column)));
  return pyramid;
}
