/**
 * How smoothly charts are drawn: a thousand events a second behind ten thousand tokens, pointed at, zoomed. Frames and long
 * tasks are printed, with limits for a computer that is busy with other things (the goals: goals.ts); what fails a test is
 * the time that the page's thread computes, which depends little on them.
 */
import { expect, it } from "vitest";
import type { Page } from "playwright";
import { heapBytes, median, mib, PLAY, played, useStage } from "./charts-page.js";
import { goalAtLeast, goalAtMost, TASK_MS } from "./goals.js";
import { threadClock } from "./tasks.js";

const FRAMES = 58; // a second: of 60, as a counted second may begin between two of them
const MIN_FRAMES = 2; // a second, on the median second
const MAX_TASK_MS = 3000;
const MAX_MS_A_SECOND = 900; // of computing, for a thousand events
const MAX_MS_A_STEP = 100; // for a step of the pointer or of the wheel
const MAX_BYTES_A_TOKEN = 2000; // of the page's heap: columns, which double on the way (at 16,384), text, and garbage
const TEN_THOUSAND = 11_000; // events: so many tokens, and the samples among them
const STEPS = 60;
const ROUNDS = 8;
const MAX_KEPT_BYTES = 4 << 20; // from the third to the last

const stage = useStage();

interface Smoothness {
  seconds: number[]; // frames of each
  slowFrames: number; // over 34 ms
  tasks: number[]; // over 50 ms
}

/** Runs in the page: watches its frames and long tasks for a time. */
function watch(ms: number): Promise<Smoothness> {
  return new Promise((resolve) => {
    const result: Smoothness = { seconds: [], slowFrames: 0, tasks: [] };
    new PerformanceObserver((list) => result.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
    const began = performance.now();
    let last = began;
    const frame = (now: number) => {
      const second = Math.floor((now - began) / 1000);
      result.seconds[second] = (result.seconds[second] ?? 0) + 1;
      if (now - last > 34) result.slowFrames += 1;
      last = now;
      if (now - began < ms) requestAnimationFrame(frame);
      else resolve({ ...result, seconds: result.seconds.slice(0, -1) });
    };
    requestAnimationFrame(frame);
  });
}

const worst = (values: readonly number[]) => Math.round(Math.max(0, ...values));

function say(what: string, { seconds, slowFrames, tasks }: Smoothness, computed: number, cost = ""): void {
  console.log(
    `${what}: ${median(seconds)} frames/s (least ${Math.min(...seconds)}), ${slowFrames} frames over 34 ms, ` +
      `${tasks.length} tasks over 50 ms (longest ${worst(tasks)} ms), ${computed.toFixed(1)} ms computed, ${cost}`,
  );
}

/** Of the median second, and of the longest task. */
function holdToGoals(what: string, { seconds, tasks }: Smoothness): void {
  goalAtLeast(`${what}, frames`, median(seconds), FRAMES, "a second");
  goalAtMost(`${what}, longest task`, worst(tasks), TASK_MS, "ms");
}

const costOf = async (page: Page) => (await page.locator(".redraw-cost").textContent()) ?? "";

it("charts: a thousand events a second are drawn smoothly, and memory grows by no more than what came", async () => {
  const { page, complaints } = await stage.open({ ...PLAY, tokens: 40_000, perSecond: 1000, atOnce: TEN_THOUSAND });
  await page.locator("#chart-speed .chart-marks path").first().waitFor();
  await expect.poll(() => played(page)).toBeGreaterThan(TEN_THOUSAND);
  const computedMs = await threadClock(page);
  const before = { heap: await heapBytes(page), played: await played(page), computed: await computedMs() };
  const first = await page.evaluate(watch, 8000);
  const after = { heap: await heapBytes(page), played: await played(page), computed: await computedMs() };
  const computed = (1000 * (after.computed - before.computed)) / (after.played - before.played);
  say("replaying 1,000 events/s", first, computed, await costOf(page));
  const perEvent = (after.heap - before.heap) / (after.played - before.played);
  console.log(`heap ${mib(before.heap)} at ${before.played} events, ${mib(after.heap)} at ${after.played}`);
  expect(complaints).toEqual([]);
  expect(median(first.seconds)).toBeGreaterThan(MIN_FRAMES);
  expect(worst(first.tasks)).toBeLessThan(MAX_TASK_MS);
  expect(computed).toBeLessThan(MAX_MS_A_SECOND);
  expect(perEvent).toBeLessThan(MAX_BYTES_A_TOKEN);
  holdToGoals("replaying 1,000 events/s", first);
  await page.context().close();
});

it("charts: with ten thousand tokens, pointing and zooming stay smooth", async () => {
  const { page } = await stage.open(PLAY);
  await page.getByText("Done", { exact: true }).first().waitFor();
  await page.waitForTimeout(1000);
  const box = (await page.locator("#chart-speed .plot-input").boundingBox())!;
  const computedMs = await threadClock(page);
  const before = await computedMs();
  const watched = page.evaluate(watch, 6000);
  for (let step = 0; step < STEPS; step++) {
    await page.mouse.move(box.x + (box.width * step) / STEPS, box.y + 40);
    if (step % 6 !== 5) continue;
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, step < STEPS / 2 ? -240 : 240);
    await page.keyboard.up("Control");
  }
  const smooth = await watched;
  const computed = ((await computedMs()) - before) / STEPS;
  say("pointing and zooming in 10,000 tokens, a step", smooth, computed);
  expect(computed).toBeLessThan(MAX_MS_A_STEP);
  expect(median(smooth.seconds)).toBeGreaterThan(MIN_FRAMES);
  expect(worst(smooth.tasks)).toBeLessThan(MAX_TASK_MS);
  holdToGoals("pointing and zooming", smooth);
  await page.context().close();
});

it("charts: a run that is opened again and again leaves no memory behind", async () => {
  const { page } = await stage.open({ ...PLAY, tokens: 3000 });
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await page.evaluate(() => (location.hash = "#/history/R1"));
    await page.getByText("Done", { exact: true }).first().waitFor();
    await page.locator("#chart-speed .chart-marks path").first().waitFor();
    await page.evaluate(() => (location.hash = "#/history"));
    await page.locator(".run-chart").first().waitFor({ state: "detached" });
    heaps.push(await heapBytes(page));
  }
  console.log(`heap after each opening of 3,000 tokens: ${heaps.map(mib).join(", ")}`);
  expect(heaps.at(-1)! - heaps[2]!).toBeLessThan(MAX_KEPT_BYTES);
  await page.context().close();
});
