/** Charts while a run goes on, in the built renderer with a bridge that plays the run. */
import { expect, it } from "vitest";
import type { Page } from "playwright";
import { shoot } from "./browser.js";
import { PLAY, useStage } from "./charts-page.js";

const stage = useStage();

/** How often the line of the median is drawn anew in a time. */
function redraws(page: Page, ms: number): Promise<number> {
  return page.evaluate(
    (time) =>
      new Promise<number>((resolve) => {
        let count = 0;
        const line = document.querySelector('#chart-speed [data-series="median"]')!;
        new MutationObserver(() => (count += 1)).observe(line, { attributes: true, attributeFilter: ["d"] });
        setTimeout(() => resolve(count), time);
      }),
    ms,
  );
}

it("charts: beside a run on this computer they are redrawn at most four times a second, and say what that costs", async () => {
  const play = { ...PLAY, target: "local", perSecond: 400 };
  const { page, complaints } = await stage.open(play);
  await page.locator('#chart-speed [data-series="median"]').waitFor();
  const count = await redraws(page, 3000);
  expect(count).toBeGreaterThan(2);
  expect(count).toBeLessThanOrEqual(13);
  expect(await page.locator(".redraw-cost").textContent()).toMatch(/^redraw [\d.]+ ms · [\d.]+ % of a core$/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** What stood at more than one place in a time, and where. */
function moved(page: Page, ms: number): Promise<string[]> {
  return page.evaluate(async (time) => {
    const seen = new Map<Element, Set<string>>();
    for (const until = performance.now() + time; performance.now() < until;) {
      for (const element of document.querySelectorAll(".run-chart :is(.chart-area, h3, li), .pinned-token")) {
        const { x, y, width, height } = element.getBoundingClientRect();
        const places = seen.get(element) ?? new Set();
        seen.set(element, places.add([x, y + scrollY, width, height].map(Math.round).join(" ")));
      }
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return [...seen].flatMap(([{ textContent }, places]) =>
      places.size > 1 ? [`${textContent}: ${[...places].join(", ")}`] : [],
    );
  }, ms);
}

it("charts: nothing moves while tokens come", async () => {
  const { page } = await stage.open({ ...PLAY, isStreamed: true, perSecond: 400 });
  await page.locator('#chart-speed [data-series="median"]').waitFor();
  expect(await moved(page, 2500)).toEqual([]);
  await page.context().close();
});

it("charts: what a device does not tell is said in its place", async () => {
  const { page } = await stage.open({ ...PLAY, tokens: 200, isMute: true, target: "local" });
  await page.getByText("Done", { exact: true }).first().waitFor();
  const said = async (chart: string) => page.locator(`#chart-${chart} .chart-empty`).textContent();
  await expect.poll(() => said("power")).toBe("This computer has no battery that tells its voltage and current.");
  await expect.poll(() => said("temperature")).toBe("This computer has no temperature sensor that can be read.");
  await expect.poll(() => said("cores")).toBe("This computer does not tell what its cores do.");
  await expect.poll(() => said("active")).toContain("all computed for every token");
  await page.context().close();
});

it("charts: dark, and in a narrow window", async () => {
  const dark = await stage.open(PLAY, { viewport: { width: 1280, height: 2000 }, colorScheme: "dark" });
  await dark.page.getByText("Done", { exact: true }).first().waitFor();
  await dark.page.waitForTimeout(500);
  await shoot(dark.page, "charts-dark", false);
  const narrow = await stage.open({ ...PLAY, tokens: 300 }, { viewport: { width: 400, height: 2600 } });
  await narrow.page.getByText("Done", { exact: true }).first().waitFor();
  await narrow.page.waitForTimeout(500);
  const overflow = await narrow.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await shoot(narrow.page, "charts-narrow", false);
  expect([...dark.complaints, ...narrow.complaints]).toEqual([]);
});
