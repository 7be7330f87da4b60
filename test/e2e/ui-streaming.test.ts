/** Models larger than memory in the window: a budget, a pack that is made first, and what is drawn of streaming. */
import { readdir, rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Page } from "playwright";
import { join } from "node:path";
import { violations } from "./axe.js";
import { shoot } from "./browser.js";
import { sparseModel, storedConfig } from "./desktop.js";
import {
  cancelButton,
  field,
  goTo,
  pastRun,
  pastRuns,
  ready,
  replay,
  runButton,
  shownRun,
  typeModel,
  waitForStatus,
} from "./page.js";
import { shareOf, storeHeatRun } from "./heat-run.js";
import { useDesktop } from "./use-desktop.js";

const desktop = useDesktop();

async function setUp(page: Page, model: string, mib: string): Promise<void> {
  await ready(page);
  await typeModel(page, model);
  await page.locator(".add-model").waitFor({ state: "detached" });
  await page.getByRole("checkbox", { name: "Memory budget" }).check({ force: true });
  await field(page, "Budget, MiB").fill(mib);
  await page.getByRole("button", { name: "Streaming from flash" }).click();
  await field(page, "Cache, neurons").fill("12288");
  await field(page, "Tokens").fill("96");
}

async function packs(): Promise<string[]> {
  const all = await readdir(join(desktop.home, "packs")).catch(() => [] as string[]);
  return all.filter((name) => name.endsWith(".pack"));
}

/** Of tests before this one. */
async function forgetPacks(): Promise<void> {
  for (const name of await packs()) await rm(join(desktop.home, "packs", name));
}

const timeline = (page: Page) => page.locator("#chart-timeline");
const tip = (page: Page) => timeline(page).getByTestId("tip");

describe.each(["light", "dark"] as const)("ui: a streamed run, %s", (colorScheme) => {
  it("packs first, then shows what threads, cache and flash did, live and replayed", async () => {
    const model = await sparseModel(desktop.home);
    const page = await desktop.open("run", { colorScheme, viewport: { width: 1280, height: 900 } });
    await setUp(page, model, "400");
    await shoot(page, `streaming-setup-${colorScheme}`, false);
    await forgetPacks();
    await runButton(page).click();
    await page.locator(".run-status").getByText("Packing").waitFor();
    await waitForStatus(page, "Done", 90_000);
    const { config } = await storedConfig(await shownRun(page));
    expect(config).toMatchObject({ memory: 400 * 1024 ** 2, cacheNeurons: 12288 });

    const stats = page.locator(".stats");
    for (const name of ["Hit rate", "Misses", "Read", "Flash wait", "Of budget"]) {
      const figure = await stats.locator(".stat", { hasText: name }).last().locator(".figure").textContent();
      expect(Number(figure?.replaceAll(",", ""))).toBeGreaterThanOrEqual(0);
    }
    await page.locator("#chart-misses canvas").waitFor();
    await timeline(page).locator('.chart-mark[data-series="compute"]').waitFor();
    const neurons = page.locator("#chart-neurons");
    await neurons.locator("canvas").waitFor();
    await expect.poll(() => neurons.locator(".chart-summary").textContent()).toMatch(/^Over 95 tokens/);
    await timeline(page).scrollIntoViewIfNeeded();
    const drawn = (kind: string) => timeline(page).locator(`.chart-mark[data-series="${kind}"]`).getAttribute("d");
    for (const kind of ["attention", "predict", "compute", "read", "head"]) {
      expect(((await drawn(kind)) ?? "").length).toBeGreaterThan(10);
    }

    // The keyboard: the cursor names what each thread does there, and + looks nearer.
    const input = timeline(page).locator(".plot-input");
    await input.focus();
    await page.keyboard.press("Home");
    const named = /core \d+\D+, layer \d+: [\d.,]+ (µs|ms)/; // not where both threads were kept from their cores
    for (let press = 0; press < 40 || !named.test((await tip(page).textContent()) ?? ""); press++) {
      expect(press).toBeLessThan(400);
      await page.keyboard.press("ArrowRight");
    }
    const whole = await drawn("compute");
    for (let press = 0; press < 4; press++) await page.keyboard.press("+");
    await expect.poll(() => drawn("compute")).not.toBe(whole);
    await shoot(page, `timeline-near-${colorScheme}`, false);
    await page.keyboard.press("0");
    await expect.poll(() => drawn("compute")).toBe(whole);

    // Another token.
    const choice = timeline(page)
      .locator("xpath=../..")
      .getByRole("button", { name: /Token of the timeline/ });
    const before = await choice.textContent();
    await choice.click();
    await page.getByRole("option").last().click();
    await expect.poll(() => choice.textContent()).not.toBe(before);

    expect(await violations(page)).toEqual([]);
    await timeline(page).scrollIntoViewIfNeeded();
    await page.mouse.move(0, 0);
    await shoot(page, `timeline-${colorScheme}`, false);
    await page.locator("#chart-misses").scrollIntoViewIfNeeded();
    await shoot(page, `misses-${colorScheme}`, false);
    await page.locator(".readout").scrollIntoViewIfNeeded();
    await shoot(page, `streaming-run-${colorScheme}`, false);

    await goTo(page, "Models");
    await page.getByRole("button", { name: "Show profile" }).click();
    const profile = page.locator("#chart-profile");
    await profile.locator('.chart-mark[data-series="batch-32"]').waitFor();
    await profile.locator(".plot-input").focus();
    await page.keyboard.press("Home");
    for (let press = 0; press < 10; press++) await page.keyboard.press("ArrowRight");
    expect(await profile.getByTestId("tip").textContent()).toMatch(/for at most \d+ %.*batch 1\d.*batch 32/);
    const predictors = page.getByRole("region", { name: "Predictors by layer" });
    const first = predictors.getByRole("row").nth(1);
    expect(await first.textContent()).toMatch(/^0(two bits|rank \d+)[\d.]+ KiB([\d.]+ %){4}\d+$/);
    expect(await predictors.locator("tbody tr").count()).toBe(12);
    expect(await violations(page)).toEqual([]);
    await predictors.scrollIntoViewIfNeeded();
    await shoot(page, `predictors-${colorScheme}`, false);
    await profile.scrollIntoViewIfNeeded();
    await shoot(page, `packs-${colorScheme}`, false);

    await goTo(page, "History");
    await replay(page, pastRuns(page).first());
    await waitForStatus(page, "Done");
    await timeline(page).locator('.chart-mark[data-series="compute"]').waitFor();
  });
});

it.each(["light", "dark"] as const)("ui: which neurons fire, read by pointer and keys, %s", async (colorScheme) => {
  const run = await storeHeatRun();
  const page = await desktop.open(`history/${run}`, { colorScheme, viewport: { width: 1280, height: 900 } });
  const chart = page.locator("#chart-neurons");
  await chart.locator("canvas").waitFor();
  await chart.scrollIntoViewIfNeeded();
  const said = () => chart.getByTestId("tip").textContent();

  // The pointer: a bin and a layer.
  const input = chart.locator(".plot-input");
  const box = (await input.boundingBox())!;
  await page.mouse.move(box.x + (box.width * 10.5) / 256, box.y + (box.height * (24 - 5.5)) / 24);
  await expect.poll(said).toContain("Positions 40 to 43 · 3.91 % to 4.3 % from the hottest");
  expect(await said()).toContain("layer 5");

  // The keyboard: arrows go by bins and by layers.
  await input.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowUp");
  await expect.poll(said).toContain("Positions 4 to 7");
  expect(await said()).toContain(`fires for, layer 6${(100 * shareOf(6, 1)).toFixed(1)} % of tokens`);
  expect(await input.getAttribute("aria-valuetext")).toMatch(/^Positions 4 to 7 .*layer 6 \d+\.\d % of tokens/);
  for (let press = 0; press < 30; press++) await page.keyboard.press("ArrowUp");
  await expect.poll(said).toContain("layer 23");
  expect(await violations(page)).toEqual([]);
  await shoot(page, `neurons-${colorScheme}`, false);

  // The legend tells colours and hides them.
  expect(await chart.locator(".heat-key").textContent()).toContain("100 % of tokens");
  await chart.locator(".chart-legend").getByRole("button").click();
  await chart.locator("canvas").waitFor({ state: "detached" });
});

it("ui: Cancel ends packing too, and leaves no pack; the next run packs anew", async () => {
  const model = await sparseModel(desktop.home);
  const page = await desktop.open("run");
  await setUp(page, model, "400");
  await forgetPacks();
  await runButton(page).click();
  const status = page.locator(".run-status");
  await status.getByText("Packing").waitFor();
  await status.getByText(/\d+ of \d+ steps/).waitFor(); // it is well under way
  await cancelButton(page).click();
  await waitForStatus(page, "Cancelled");
  expect(await packs()).toEqual([]);
  const cancelled = await shownRun(page);
  await ready(page);
  await runButton(page).click();
  await status.getByText("Packing").waitFor();
  await waitForStatus(page, "Done", 90_000);
  expect(await packs()).toHaveLength(1);
  await goTo(page, "History");
  await pastRun(page, cancelled).getByText("cancelled").waitFor();
});

it("ui: a run from memory says how a timeline is had", async () => {
  const page = await desktop.open("run");
  await ready(page);
  await field(page, "Tokens").fill("8");
  await runButton(page).click();
  await waitForStatus(page, "Done");
  await timeline(page).locator(".chart-empty").getByText("streamed from flash").waitFor();
});
