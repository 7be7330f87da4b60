import { expect, it } from "vitest";
import { RollingMedian } from "../../../../renderer/state/rolling-median.js";

it("rolling median: that of the latest values, against sorting them", () => {
  const window = 15;
  const median = new RollingMedian(window);
  const values: number[] = [];
  let state = 12345;
  for (let i = 0; i < 500; i++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const value = state % 50; // with repetitions
    values.push(value);
    const sorted = values.slice(-window).sort((a, b) => a - b);
    const half = (sorted.length - 1) / 2;
    expect(median.add(value)).toBe((sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2);
  }
});

it("rolling median: one slow token does not move it", () => {
  const median = new RollingMedian(5);
  expect([2, 2, 2, 900, 2].map((value) => median.add(value))).toEqual([2, 2, 2, 2, 2]);
});
