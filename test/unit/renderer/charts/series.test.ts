import { describe, expect, it } from "vitest";
import { axisEnd, niceCeiling, niceTicks, speedRows } from "../../../../renderer/charts/series.js";

const traceOf = (stepMs: number[]) => ({ count: stepMs.length, stepMs, medianMs: stepMs.map(() => 2) });

describe("speed rows", () => {
  it("leave out the first token, which has no speed of its own", () => {
    expect(speedRows(traceOf([999, 4, 5]), 100)).toEqual([
      { token: 1, instant: 250, median: 500 },
      { token: 2, instant: 200, median: 500 },
    ]);
    expect(speedRows(traceOf([999]), 100)).toEqual([]);
    expect(speedRows(traceOf([]), 100)).toEqual([]);
  });

  it("keep the extremes of ten thousand tokens, in order, in a bounded number", () => {
    const steps = Array.from({ length: 10_001 }, (_, i) => 2 + (i % 7) / 10);
    steps[4321] = 80; // one stall
    steps[8765] = 0.5; // one that was fast
    const rows = speedRows(traceOf(steps), 600);
    expect(rows.length).toBeLessThanOrEqual(600);
    expect(rows.find((row) => row.token === 4321)?.instant).toBe(12.5);
    expect(rows.find((row) => row.token === 8765)?.instant).toBe(2000);
    const order = rows.map((row) => row.token);
    expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
  });

  it("show no more than the view they are of", () => {
    expect(speedRows({ count: 2, stepMs: [1, 2, 3, 4], medianMs: [1, 2, 3, 4] }, 100)).toHaveLength(1);
  });

  it("stay finite where the clock did not move", () => {
    expect(speedRows(traceOf([1, 0]), 100)[0]?.instant).toBe(1e6);
  });
});

describe("axis", () => {
  it.each([
    [0, null, 1],
    [40, null, 40],
    [0, 256, 64],
    [65, 256, 128],
    [200, 256, 256],
    [255, 256, 256],
    [300, 256, 300],
    [3, 8, 8],
    [129, 3000, 256],
  ])("of %d tokens of %s ends at %d", (tokens, expected, end) => expect(axisEnd(tokens, expected)).toBe(end));

  it.each([
    [0, 1],
    [-3, 1],
    [Number.NaN, 1],
    [0.03, 0.05],
    [1, 1],
    [1.01, 2],
    [24, 25],
    [260, 500],
    [501, 1000],
  ])("niceCeiling(%d) = %d", (value, ceiling) => expect(niceCeiling(value)).toBeCloseTo(ceiling, 10));

  it("ticks are round and within it", () => {
    expect(niceTicks(500, 5)).toEqual([0, 100, 200, 300, 400, 500]);
    expect(niceTicks(259, 8)).toEqual([0, 50, 100, 150, 200, 250]);
  });
});
