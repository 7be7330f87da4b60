import { expect, it } from "vitest";
import { Meter } from "../../../../renderer/charts/turns.js";

it("what redraws cost is averaged over a second, with all that belongs to them", () => {
  const meter = new Meter();
  meter.redraws = 3;
  expect([0, 250, 500, 750].map((start) => meter.add(start, start + 10))).toEqual([null, null, null, null]);
  expect(meter.add(990, 1000)).toEqual({ ms: 50 / 3, share: 0.05 });
  expect(meter.add(1990, 2000)).toBeNull(); // nothing was redrawn
  meter.redraws = 1;
  expect(meter.add(2980, 3000)).toEqual({ ms: 20, share: 0.02 });
});
