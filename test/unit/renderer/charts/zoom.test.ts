import { describe, expect, it } from "vitest";
import { between, moved, zoomed } from "../../../../renderer/charts/data/zoom.js";
import { randomFrom } from "./random.js";

const FULL = { from: 0, to: 1000 };

describe("zoom", () => {
  it("keeps what is pointed at where it is", () => {
    expect(zoomed(FULL, FULL, 0.5, 250)).toEqual({ from: 125, to: 625 });
  });

  it("ends with the whole, which stays the whole while more comes", () => {
    expect(zoomed({ from: 125, to: 625 }, FULL, 2, 300)).toBeNull();
    expect(moved(FULL, FULL, 100)).toBeNull();
  });

  it("goes by a drag in either direction, and no nearer than four tokens", () => {
    expect(between(400, 300, FULL)).toEqual({ from: 300, to: 400 });
    expect(between(500, 501, FULL)).toEqual({ from: 498.5, to: 502.5 });
  });

  it("stays within the whole, whatever is done", () => {
    const random = randomFrom(3);
    let view = FULL;
    for (let step = 0; step < 2000; step++) {
      const next =
        random() < 0.5 ? zoomed(view, FULL, random() * 1.8, random() * 1000) : moved(view, FULL, random() * 800 - 400);
      view = next ?? FULL;
      expect(view.from).toBeGreaterThanOrEqual(-1e-9);
      expect(view.to).toBeLessThanOrEqual(1000 + 1e-9);
      expect(view.to - view.from).toBeGreaterThanOrEqual(4 - 1e-9);
    }
  });
});
