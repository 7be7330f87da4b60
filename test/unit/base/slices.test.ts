import { expect, it } from "vitest";
import { inSlices } from "../../../electron/base/slices.js";

it("slices hold every item in order, and let other work in between", async () => {
  let turns = 0;
  const other = setInterval(() => turns++, 0);
  const items: number[] = [];
  const begin = performance.now();
  for await (const item of inSlices(
    Array.from({ length: 1000 }, (_, i) => i),
    100,
  )) {
    items.push(item);
    while (performance.now() < begin + item / 20); // 50 ms of work in all
  }
  clearInterval(other);
  expect(items).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(turns).toBeGreaterThan(3);
});
