import { expect, it } from "vitest";
import { ProgressMeter } from "../../../electron/targets/progress-meter.js";
import type { Progress } from "../../../electron/targets/target.js";

it("tells speed and time left of the last seconds, at most every 100 ms, and the end", () => {
  const told: Progress[] = [];
  let now = 1000;
  const meter = new ProgressMeter(
    "pushing",
    1000,
    200,
    (p) => told.push(p),
    () => now,
  );
  for (let i = 0; i < 20; i++) {
    now += 10;
    meter.add(10);
  }
  expect(told.map((p) => p.done)).toEqual([210, 310]);
  expect(told[1]).toEqual({ phase: "pushing", done: 310, total: 1000, bytesPerSecond: 1000, etaSeconds: 0.69 });
  now += 10_000; // a pause
  meter.add(10);
  expect(told.at(-1)?.bytesPerSecond).toBeLessThan(20);
  now += 1;
  meter.add(590);
  expect(told.at(-1)).toMatchObject({ done: 1000, etaSeconds: 0 });
});
