import { expect, it } from "vitest";
import { classify } from "../../../../electron/targets/facts/core-classes.js";

const classes = (...clocks: (number | null)[]) =>
  classify(clocks.map((maxMhz, id) => ({ id, maxMhz }))).map((core) => core.class);

it("core classes: by the highest clock, as the agent tells them", () => {
  expect(classes(1800, 1800, 2300, 2800, 3200)).toEqual(["little", "little", "mid", "big", "big"]);
  expect(classes(2000, 2000)).toEqual(["big", "big"]);
  expect(classes(null, null)).toEqual(["big", "big"]);
  expect(classes()).toEqual([]);
});
