/** The wall clock jumps, stands and runs backwards while a run goes on, here and in the window. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readRun } from "../../electron/store/index.js";
import {
  field,
  goTo,
  headline,
  pastRun,
  pastRuns,
  ready,
  replay,
  runButton,
  shownRun,
  startRunOf,
  textOf,
  waitForStatus,
} from "./page.js";
import { useDesktop } from "./use-desktop.js";

const TOKENS = 400;
const desktop = useDesktop();

// The control side is in this process.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

it("ui: a clock that jumps during a run changes none of its figures, nor the order of runs", async () => {
  vi.setSystemTime("2026-11-20T12:00:00.000Z");
  const page = await desktop.open("run");
  await ready(page);
  const began = performance.now();
  await startRunOf(page, await desktop.slowModel(), String(TOKENS));
  for (const time of ["2031-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "2026-11-20T11:00:00.000Z"]) {
    vi.setSystemTime(time);
    await page.clock.setFixedTime(time);
    expect(await page.evaluate(() => new Date().toISOString())).toBe(time);
    const before = (await textOf(page)).length;
    await expect.poll(async () => (await textOf(page)).length).toBeGreaterThan(before); // it goes on
  }
  await waitForStatus(page, "Done");
  const elapsed = performance.now() - began;
  const first = await shownRun(page);
  const run = (await readRun(first))!;
  const { record, summary } = run;
  expect(record.started_at).toBe("2026-11-20T12:00:00.000Z");
  expect(await textOf(page)).toBe(summary.text);
  let [t, tokens, decodeMs] = [0, 0, 0];
  for await (const event of run.events()) {
    expect(event.t_ms).toBeGreaterThanOrEqual(t);
    t = event.t_ms;
    if (event.kind !== "token") continue;
    expect(event.index).toBe(tokens++);
    if (event.index > 0) decodeMs += event.ms;
  }
  expect(tokens).toBe(TOKENS);
  expect(t).toBeLessThan(elapsed);
  expect(decodeMs).toBeLessThan(t);
  expect((await headline(page)) / ((1000 * (TOKENS - 1)) / decodeMs)).toBeCloseTo(1, 2);
  await page.locator("#chart-speed .chart-marks path").first().waitFor();

  // One that is begun an hour earlier is the later one all the same.
  await ready(page);
  await field(page, "Tokens").fill("8");
  await runButton(page).click();
  await expect.poll(() => shownRun(page)).not.toBe(first);
  await waitForStatus(page, "Done");
  const second = await shownRun(page);
  await goTo(page, "History");
  await expect
    .poll(() => pastRuns(page).evaluateAll((rows) => rows.map((row) => row.dataset["key"])))
    .toEqual([second, first]);
  await replay(page, pastRun(page, first));
  await waitForStatus(page, "Done");
  expect(await textOf(page)).toBe(summary.text);
});
