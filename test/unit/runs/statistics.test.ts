import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../electron/runs/random.js";
import { chanceOfOneOrder, medianOf, pairedRatio, spreadOf, verdictOf } from "../../../electron/runs/statistics.js";

/** Around `centre`, give or take a share of it. */
const noisy = (centre: number, share: number, rounds: number, seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: rounds }, () => centre * (1 + share * (2 * random() - 1)));
};

const verdict = (a: number[], b: number[]) => verdictOf(pairedRatio(a, b), a.length);

describe("statistics", () => {
  it("give median and spread", () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5, mad: 2 });
    expect(medianOf([4, null, 2])).toBe(3);
    expect(medianOf([null])).toBeNull();
  });

  it("put the ratio of medians inside its interval, the same for the same numbers", () => {
    const [a, b] = [noisy(30, 0.1, 9, 1), noisy(20, 0.1, 9, 2)];
    const { ratio, ci95 } = pairedRatio(a, b);
    expect(ratio).toBeCloseTo(1.5, 0);
    expect(ci95[0]).toBeLessThanOrEqual(ratio);
    expect(ci95[1]).toBeGreaterThanOrEqual(ratio);
    expect(pairedRatio(a, b)).toEqual({ ratio, ci95 });
    const swapped = pairedRatio(b, a);
    expect(swapped.ratio).toBeCloseTo(1 / ratio);
  });

  it("come to the verdict that the numbers allow", () => {
    expect(verdict(noisy(30, 0.05, 6, 1), noisy(20, 0.05, 6, 2))).toBe("faster");
    expect(verdict(noisy(20, 0.05, 6, 1), noisy(30, 0.05, 6, 2))).toBe("slower");
    expect(verdict(noisy(20, 0.2, 6, 3), noisy(20, 0.2, 6, 4))).toBe("not distinguishable");
    expect(verdict([10, 10, 10], [10, 10, 10])).toBe("not distinguishable");
    expect(verdict([30, 31], [10, 11])).toBe("not distinguishable"); // two rounds show nothing
  });

  it("see through what slows whole rounds down, because rounds are pairs", () => {
    const heat = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7];
    const a = heat.map((h) => 105 * h);
    const b = heat.map((h) => 100 * h);
    expect(verdict(a, b)).toBe("faster");
  });

  it("call equal engines different in few comparisons out of many", () => {
    let wrong = 0;
    for (let seed = 0; seed < 50; seed++) {
      if (verdict(noisy(20, 0.1, 9, 2 * seed), noisy(20, 0.1, 9, 2 * seed + 1)) !== "not distinguishable") wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(5);
  }, 60_000);

  it("know how much chance a few rounds leave", () => {
    expect(chanceOfOneOrder(3)).toBe(25);
    expect(chanceOfOneOrder(6)).toBeLessThan(5);
  });
});
