import { describe, expect, it } from "vitest";
import { heatPlaces } from "../../../../renderer/charts/marks/heat.js";
import { randomFrom } from "./random.js";
import { traceOf } from "./traces.js";

const LAYERS = 3;

describe("heat map", () => {
  it("keeps the greatest of every place, also while tokens come", () => {
    const random = randomFrom(5);
    const values = Array.from({ length: 5000 }, () => Array.from({ length: LAYERS }, () => Math.floor(random() * 999)));
    const { active } = traceOf(
      values.map(() => 1),
      (token) => values[token]!,
    ).tokens;
    for (const [count, from, to] of [
      [10, 0, 10],
      [700, 0, 700],
      [4999, 1000, 4999],
      [5000, 0, 5000],
      [5000, 123, 130],
    ] as const) {
      const places = heatPlaces(active, count, { from, to });
      expect(places.values.length / LAYERS).toBeLessThanOrEqual(601);
      for (let place = 0; place < places.values.length / LAYERS; place++) {
        const first = places.from + place * places.stride;
        const tokens = values.slice(first, Math.min(first + places.stride, count));
        const most = [0, 1, 2].map((layer) => Math.max(...tokens.map((token) => token[layer]!)));
        expect([...places.values.slice(place * LAYERS, (place + 1) * LAYERS)]).toEqual(most);
      }
    }
  });

  it("has no places where no engine told", () => {
    const { tokens } = traceOf([0, 1, 2]);
    expect(heatPlaces(tokens.active, 3, { from: 0, to: 3 }).values).toHaveLength(0);
  });
});
