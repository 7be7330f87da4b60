import { describe, expect, it } from "vitest";
import type { Stretch } from "../../../../renderer/charts/data/pyramid.js";
import { extremes, span, stretches, strideOf } from "../../../../renderer/charts/data/thin.js";
import { Column } from "../../../../renderer/state/columns.js";
import { NO_ROWS } from "../../../../renderer/state/thinning.js";
import { randomFrom } from "./random.js";

const LIMIT = 480;

const exact = (count: number) => ({ ...NO_ROWS, count });

function columnOf(values: readonly number[]): Column {
  const column = Column.double();
  values.forEach((value, at) => column.set(at, value));
  return column;
}

describe("thinning", () => {
  it("keeps everything while there is room for it", () => {
    const column = columnOf([3, 1, 2]);
    expect(extremes(stretches(column, exact(3), { from: 0, to: 3 }))).toEqual([0, 1, 2]);
    expect(extremes(stretches(column, exact(3), { from: 0, to: 0 }))).toEqual([]);
  });

  it("gaps stay gaps", () => {
    const column = columnOf([3, NaN, 2]);
    expect(extremes(stretches(column, exact(3), { from: 0, to: 3 }))).toEqual([0, -1, 2]);
    expect(span(column, stretches(column, exact(3), { from: 1, to: 2 })).least).toBeNaN();
  });

  it("keeps the extremes of any values, in order and in a bounded number, whatever is in view", () => {
    const random = randomFrom(7);
    for (let round = 0; round < 80; round++) {
      const count = 1 + Math.floor(random() ** 3 * 30_000);
      const holes = random() < 0.3;
      const values = Array.from({ length: count }, () => (holes && random() < 0.4 ? NaN : random() ** 8 * 1000 - 3));
      const column = columnOf(values);
      const from = Math.floor(random() * count);
      const to = from + 1 + Math.floor(random() * (count - from));
      const all = stretches(column, exact(count), { from, to });
      const kept = extremes(all);
      expect(all.length).toBeLessThanOrEqual(LIMIT + 1);
      const known = kept.filter((index) => index >= 0);
      expect(known).toEqual([...new Set(known)].sort((a, b) => a - b));
      expect(known.every((index) => index < count)).toBe(true);
      const inView = values.slice(from, to).filter((value) => !Number.isNaN(value));
      const drawn = known.map((index) => column.at(index));
      if (inView.length === 0) continue;
      const [least, most] = [inView.reduce((a, b) => Math.min(a, b)), inView.reduce((a, b) => Math.max(a, b))];
      expect(Math.max(...drawn)).toBeGreaterThanOrEqual(most);
      expect(Math.min(...drawn)).toBeLessThanOrEqual(least);
      expect(all.filter((stretch) => !isOf(values, stretch))).toEqual([]);
    }
  });

  it("has places of as many tokens where older rows stand for more", () => {
    const column = columnOf(Array.from({ length: 3000 }, (_, at) => at));
    const rows = { count: 3000, thinned: 2000, stride: 8 };
    const wide = ({ from, to }: Stretch) => to - from;
    const all = stretches(column, rows, { from: 0, to: 3000 });
    const older = all.filter(({ to }) => to <= rows.thinned);
    const newer = all.slice(older.length);
    expect(all.length).toBeLessThanOrEqual(LIMIT + 2);
    expect(new Set(older.slice(0, -1).map(wide))).toEqual(new Set([8]));
    expect(new Set(newer.slice(1, -1).map(wide))).toEqual(new Set([64]));
    expect([older[0]?.from, newer[0]?.from, newer.at(-1)?.to]).toEqual([0, 2000, 3000]);
    expect(span(column, all)).toEqual({ least: 0, most: 2999 });
    expect(stretches(column, rows, { from: 2100, to: 2200 }).map(wide)).toEqual(Array(100).fill(1));
  });

  it("comes to the same whether values came one by one, were looked at in between, or all at once", () => {
    const random = randomFrom(11);
    const values = Array.from({ length: 20_000 }, () => random());
    const growing = Column.double();
    values.forEach((value, at) => {
      growing.set(at, value);
      if (at % 997 === 0) stretches(growing, exact(at + 1), { from: 0, to: at + 1 });
    });
    const range = { from: 123, to: 19_987 };
    expect(stretches(growing, exact(20_000), range)).toEqual(stretches(columnOf(values), exact(20_000), range));
  });

  it("puts a stretch at the same place while values are added", () => {
    expect([1, 480, 481, 960, 961, 100_000].map((values) => strideOf(values, LIMIT))).toEqual([1, 1, 2, 2, 4, 256]);
  });
});

function isOf(values: readonly number[], { from, to, least, most, sum, known }: Stretch): boolean {
  const part = values.slice(from, to).filter((value) => !Number.isNaN(value));
  if (known !== part.length) return false;
  if (known === 0) return least === -1 && most === -1;
  const total = part.reduce((a, b) => a + b, 0);
  return (
    values[least] === Math.min(...part) && values[most] === Math.max(...part) && Math.abs(sum - total) < 1e-6 * known
  );
}
