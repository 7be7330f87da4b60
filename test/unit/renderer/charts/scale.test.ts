import { describe, expect, it } from "vitest";
import { axisEnd, niceCeiling, niceTicks, timeEnd, valueAxis } from "../../../../renderer/charts/data/scale.js";
import { tick } from "../../../../renderer/state/format.js";

describe("axis of tokens", () => {
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
    [129, Infinity, 256],
  ])("of %d tokens of %s ends at %d", (tokens, expected, end) => expect(axisEnd(tokens, expected)).toBe(end));
});

describe("axis of time", () => {
  it.each([
    [0, true, 1000],
    [1001, true, 2000],
    [9000, true, 16_000],
    [9000, false, 9000],
    [0, false, 1],
  ])("of %d ms, live %s, ends at %d", (ms, live, end) => expect(timeEnd(ms, live)).toBe(end));
});

describe("ticks", () => {
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

  it("are round and within the axis", () => {
    expect(niceTicks(0, 500, 5)).toEqual([0, 100, 200, 300, 400, 500]);
    expect(niceTicks(0, 259, 8)).toEqual([0, 50, 100, 150, 200, 250]);
    expect(niceTicks(1234, 1300, 4)).toEqual([1240, 1260, 1280, 1300]);
  });
});

describe("axis of values", () => {
  it("begins at 0, holds every value with some room, and ends at a tick", () => {
    expect(valueAxis(3, 90, 3)).toEqual({ from: 0, to: 100, ticks: [0, 50, 100] });
  });

  it("steps, so that it stands still while values vary", () => {
    expect(valueAxis(0, 80, 3)).toEqual(valueAxis(0, 90, 3));
  });

  it("has ticks that read differently, of any size", () => {
    for (let most = 1e-4; most < 1e7; most *= 1.3) {
      const { ticks } = valueAxis(0, most, 3);
      expect(new Set(ticks.map(tick)).size, String(most)).toBe(ticks.length);
    }
  });

  it("goes below 0 where values do", () => {
    const { from, to } = valueAxis(-4, 3, 3);
    expect(from).toBeLessThan(-4);
    expect(to).toBeGreaterThan(3);
    expect(valueAxis(-4, -1, 3).to).toBe(0);
  });

  it("is there also without values", () => {
    expect(valueAxis(Infinity, -Infinity, 3)).toEqual({ from: 0, to: 1, ticks: [0, 0.5, 1] });
    expect(valueAxis(NaN, NaN, 3).to).toBe(1);
  });
});
