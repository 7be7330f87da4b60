import { describe, expect, it } from "vitest";
import {
  binAt,
  cellsOf,
  layerMark,
  positionsInWords,
  tableOf,
  topShare,
} from "../../../../renderer/charts/heat/cells.js";
import { scaleOf } from "../../../../renderer/charts/marks/mark.js";
import type { Heat } from "../../../../renderer/state/heat.js";

/** Two layers of ten neurons in four bins of 3, 2, 3 and 2, over 20 tokens. */
const heat: Heat = {
  ...{ neurons: 10, layers: 2, bins: 4, tokens: 20 },
  counts: Float64Array.of(60, 20, 6, 0, 30, 10, 3, 1),
};
const SHARES = [
  [1, 0.5, 0.1, 0],
  [0.5, 0.25, 0.05, 0.025],
];

describe("the heat map of neurons", () => {
  it("draws shares of tokens, by bin and layer, whatever the number of a bin's neurons", () => {
    const { values, ...places } = cellsOf(heat);
    expect(places).toEqual({ stride: 1, from: 0, rows: 2 });
    const drawn = SHARES[0]!.flatMap((share, bin) => [share, SHARES[1]![bin]!]);
    expect([...values]).toEqual([...Float32Array.from(drawn)]);
  });

  it("has a scale that ends at a round share, and at all tokens at most", () => {
    expect(topShare(cellsOf(heat))).toBe(1);
    expect(topShare(cellsOf({ ...heat, tokens: 170 }))).toBeCloseTo(0.2, 12);
    expect(topShare(cellsOf({ ...heat, counts: new Float64Array(8) }))).toBe(1);
    expect(topShare(cellsOf({ ...heat, tokens: 10 }))).toBe(1); // more often than there were tokens: an agent's error
  });

  it("names the bin of a place, and its neurons", () => {
    expect([-1, 0, 24.9, 25, 99.9, 100].map((x) => binAt(heat, x))).toEqual([0, 0, 0, 1, 3, 3]);
    expect(positionsInWords(heat, 12.5)).toBe("Positions 0 to 2 · 0 % to 25 % from the hottest");
    expect(positionsInWords(heat, 100)).toBe("Positions 8 to 9 · 75 % to 100 % from the hottest");
    const each = { ...heat, neurons: 2048, bins: 2048 };
    expect(positionsInWords(each, 99.99)).toBe("Position 2,047 · 99.95 % to 100 % from the hottest");
  });

  it("is copied cell by cell, what is in view", () => {
    const { columns, rows } = tableOf(heat, { from: 0, to: 100 });
    expect(columns).toEqual(["layer", "bin", "share"]);
    expect(rows).toEqual(SHARES.flatMap((shares, layer) => shares.map((share, bin) => [layer, bin, share])));
    expect(tableOf(heat, { from: 30, to: 60 }).rows.map(([layer, bin]) => [layer, bin])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
    ]);
  });

  it("frames the layer that is read; layer 0 is the lowest", () => {
    const scale = scaleOf({ from: 0, to: 100 }, { from: 0, to: 2 }, 400, 100);
    expect(layerMark(0).path(scale)).toBe("M0 100.0V50.0H400V100.0Z");
    expect(layerMark(1).path(scale)).toBe("M0 50.0V0.0H400V50.0Z");
  });
});
