import { expect, it } from "vitest";
import { Meter } from "../../../../renderer/charts/use-redraw.js";

it("what redraws cost is averaged over a second", () => {
  const meter = new Meter();
  expect([0, 250, 500, 750].map((start) => meter.add(start, start + 10))).toEqual([null, null, null, null]);
  expect(meter.add(990, 1000)).toEqual({ ms: 10, share: 0.05 });
  expect(meter.add(1250, 1280)).toBeNull();
  expect(meter.add(1990, 2000)).toEqual({ ms: 20, share: 0.04 });
});
