/**
 * An hour of a thousand events a second, of a run from a pack, replayed as fast as the page takes them: its memory stays
 * what it is. The page does in minutes what takes an hour, so nothing but what it keeps can make its heap grow.
 */
import { expect, it } from "vitest";
import type { Page } from "playwright";
import { heapBytes, mib, PLAY, playUpTo, useStage } from "./charts-page.js";

const EVENTS = 3_600_000;
const TOKENS = Math.ceil(EVENTS / 1.08); // there are samples, timelines and heat maps among them
const POINTS = 12;
const READINGS = 3;
const MAX_HEAP = 150 << 20; // bytes: three maps of 32 layers are most of it
const MAX_GROWTH = 12 << 20; // from one half of the hour to the other: six bytes an event would be found

const stage = useStage();

/** The least of some readings: a chart that has yet to follow holds columns as they were before they were thinned. */
async function settledHeap(page: Page): Promise<number> {
  const readings: number[] = [];
  while (readings.length < READINGS) {
    await page.waitForTimeout(2000);
    readings.push(await heapBytes(page));
  }
  return Math.min(...readings);
}

it("charts: memory is flat over an hour's replay, and no extreme is lost", async () => {
  const { page, complaints } = await stage.open({ ...PLAY, tokens: TOKENS, stopAt: 1, isStreamed: true });
  const began = performance.now();
  const heaps: number[] = [];
  for (let point = 1; point <= POINTS; point++) {
    await playUpTo(page, (point / POINTS) * EVENTS);
    heaps.push(await settledHeap(page));
  }
  console.log(`${EVENTS} events in ${Math.round((performance.now() - began) / 1000)} s`);
  await page.evaluate(() => Object.assign(window, { stopAt: Infinity }));
  console.log(`heap at every ${EVENTS / POINTS} events: ${heaps.map(mib).join(", ")}`);
  await page.getByText("Done", { exact: true }).first().waitFor({ timeout: 60_000 });
  await page.locator("#chart-speed .chart-marks path").first().waitFor();
  expect(await page.locator(".charts-hint").textContent()).toMatch(/^Thinned to their extremes: tokens before 3,/);
  await expect.poll(() => page.locator("#chart-parts .chart-summary").textContent()).toMatch(/slowest token 50\d ms/); // one token of the first minute
  for (const chart of ["misses", "neurons"]) await page.locator(`#chart-${chart} canvas`).waitFor();
  await page.locator('#chart-timeline .chart-mark[data-series="compute"]').waitFor();
  expect(Math.max(...heaps)).toBeLessThan(MAX_HEAP);
  // Readings differ by the 20 MiB of columns that a chart may still hold; what is kept for good is in the least of them.
  expect(Math.min(...heaps.slice(POINTS / 2)) - Math.min(...heaps.slice(1, POINTS / 2))).toBeLessThan(MAX_GROWTH);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 900_000);
