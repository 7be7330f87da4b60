/**
 * How smoothly charts are drawn: ten thousand tokens replayed at a thousand events a second, and long after. The limits
 * here hold on a busy computer of two cores; what was measured is printed.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Browser, Page } from "playwright";
import { launchBrowser } from "./browser.js";
import { openPlay, PLAY, startStage, type Stage } from "./charts-page.js";

const MIN_FRAMES = 30; // a second, on the median second
const MAX_TASK_MS = 400;
const MAX_BYTES_A_TOKEN = 1500; // of the page's heap: columns, text, and what waits for the collector

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  stage = await startStage();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await stage.close();
});

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

async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = (await session.send("Runtime.getHeapUsage")) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  await session.detach();
  return usedSize + (backingStorageSize ?? 0);
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const worst = (values: readonly number[]) => Math.round(Math.max(0, ...values));

function say(what: string, { seconds, slowFrames, tasks }: Smoothness, cost: string | null): void {
  console.log(
    `${what}: ${median(seconds)} frames/s (least ${Math.min(...seconds)}), ${slowFrames} frames over 34 ms, ` +
      `${tasks.length} tasks over 50 ms (longest ${worst(tasks)} ms), ${cost ?? ""}`,
  );
}

const costOf = (page: Page) => page.locator(".redraw-cost").textContent();

it("charts: a thousand events a second are drawn smoothly, and memory grows by no more than what came", async () => {
  const { page, complaints } = await openPlay(browser, stage, { ...PLAY, tokens: 20_000, perSecond: 1000 });
  await page.locator("#chart-speed .chart-marks path").first().waitFor();
  const before = { heap: await heapBytes(page), played: await played(page) };
  const first = await page.evaluate(watch, 8000);
  say("replaying 1,000 events/s", first, await costOf(page));
  const after = { heap: await heapBytes(page), played: await played(page) };
  const perEvent = (after.heap - before.heap) / (after.played - before.played);
  console.log(`heap ${mib(before.heap)} at ${before.played} events, ${mib(after.heap)} at ${after.played}`);
  expect(complaints).toEqual([]);
  expect(median(first.seconds)).toBeGreaterThan(MIN_FRAMES);
  expect(worst(first.tasks)).toBeLessThan(MAX_TASK_MS);
  expect(perEvent).toBeLessThan(MAX_BYTES_A_TOKEN);
  await page.context().close();
});

it("charts: with ten thousand tokens, pointing and zooming stay smooth", async () => {
  const { page } = await openPlay(browser, stage, PLAY);
  await page.getByText("Done", { exact: true }).first().waitFor();
  await page.waitForTimeout(1000);
  const box = (await page.locator("#chart-speed .plot-input").boundingBox())!;
  const watched = page.evaluate(watch, 6000);
  for (let step = 0; step < 60; step++) {
    await page.mouse.move(box.x + (box.width * step) / 60, box.y + 40);
    if (step % 6 !== 5) continue;
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, step < 30 ? -240 : 240);
    await page.keyboard.up("Control");
  }
  const smooth = await watched;
  say("pointing and zooming in 10,000 tokens", smooth, null);
  expect(median(smooth.seconds)).toBeGreaterThan(MIN_FRAMES);
  expect(worst(smooth.tasks)).toBeLessThan(MAX_TASK_MS);
  await page.context().close();
});

const played = (page: Page) => page.evaluate(() => (window as unknown as { played: number }).played);
const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
