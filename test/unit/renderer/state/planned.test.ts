import { expect, test } from "vitest";
import type { PlannedRun } from "../../../../electron/ipc/contract.js";
import { plannedAt, plannedInWords } from "../../../../renderer/state/planned.js";

const MIB = 2 ** 20;

function planOf(assumed = false): PlannedRun["plan"] {
  const point = (mib: number, tokens_per_s: number, hit_rate: number) => ({
    ...{ memory_bytes: mib * MIB, cache_neurons: 1, hit_rate, tokens_per_s },
  });
  const none = { tokens_per_s: 0, ms: 0, ttft_ms: 0, compute_ms: 0, flash_ms: 0 };
  return {
    knobs: [],
    decode: {
      ...{
        tokens_per_s: 1,
        token_ms: 1,
        flash_ms: 0,
        let_through: 1,
        reads: 1,
        active: 1,
        misses: 0,
        hit_rate: 1,
        read_bytes: 0,
      },
      parts_ms: { attention: 0, predictor: 0, cache: 0, compute: 0, stall: 0, other: 0 },
    },
    prefill: none,
    memory: { peak_bytes: 1, parts_bytes: {} },
    smallest_bytes: 1000 * MIB,
    largest_bytes: 3000 * MIB,
    curve: [point(1000, 2, 0.2), point(2000, 10, 0.9), point(3000, 12, 1)],
    activity: { assumed, source: "the pack" },
  };
}

test("a budget between two points of the curve gets what lies between them", () => {
  expect(plannedAt(planOf(), 1500 * MIB)).toEqual({ tokensPerS: 6, hitRate: expect.closeTo(0.55) as number });
  expect(plannedAt(planOf(), 2000 * MIB)).toEqual({ tokensPerS: 10, hitRate: expect.closeTo(0.9) as number });
});

test("a budget beyond the curve gets its last point, one below the least nothing", () => {
  expect(plannedAt(planOf(), 9000 * MIB)).toEqual({ tokensPerS: 12, hitRate: 1 });
  expect(plannedAt(planOf(), 1000 * MIB)).toEqual({ tokensPerS: 2, hitRate: 0.2 });
  expect(plannedAt(planOf(), 999 * MIB)).toBeNull();
});

test("words: with units, with the doubt of assumed activity, and with the least that works", () => {
  expect(plannedInWords(planOf(), plannedAt(planOf(), 2000 * MIB))).toBe(
    "Foreseen: 10.0 tok/s, 90.0 % of the neurons found in the cache.",
  );
  expect(plannedInWords(planOf(true), plannedAt(planOf(true), 2000 * MIB))).toContain("if as few neurons fire");
  expect(plannedInWords(planOf(), null)).toBe("Too little to stream: the least that works is 1,000 MiB.");
});
