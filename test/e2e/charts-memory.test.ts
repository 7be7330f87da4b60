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
const REDRAWS = 4;
const MAX_HEAP = 150 << 20; // bytes: three maps of 32 layers are most of it
const MAX_GROWTH = 6 << 20; // over five sixths of the hour: two bytes an event would be found

const stage = useStage();

/**
 * Of what is kept for good. React holds what each component drew the time before, and with it, after a rush of events,
 * columns as they were before they were thinned: some more events, one by one, let every chart draw twice from the same.
 */
async function settledHeap(page: Page, events: number): Promise<number> {
  for (let more = 1; more <= REDRAWS; more++) await playUpTo(page, events + more);
  return heapBytes(page);
}

it("charts: memory is flat over an hour's replay, and no extreme is lost", async () => {
  const { page, complaints } = await stage.open({ ...PLAY, tokens: TOKENS, stopAt: 1, isStreamed: true });
  const began = performance.now();
  const heaps: number[] = [];
  for (let point = 1; point <= POINTS; point++) {
    const events = (point / POINTS) * EVENTS - REDRAWS;
    await playUpTo(page, events);
    heaps.push(await settledHeap(page, events));
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
  const [, early = NaN, ...later] = heaps; // the text's last characters, of which a part is shown, fill up before that
  expect(Math.max(...later) - early).toBeLessThan(MAX_GROWTH);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 900_000);
