/** Phonon beside llama.cpp, with real agents on this computer. */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Page } from "playwright";
import { builtInModel } from "../../electron/models/index.js";
import { findRun } from "../../electron/store/index.js";
import { violations } from "./axe.js";
import { shoot } from "./browser.js";
import { LONG_TOKENS } from "./desktop.js";
import { cancelButton, fill, goTo, pastRuns, startRunOf } from "./page.js";
import { overflowOf, tabTo, useDesktop } from "./use-desktop.js";

const desktop = useDesktop();
const start = (page: Page) => page.getByRole("button", { name: "Compare", exact: true });
const stop = (page: Page) => page.getByRole("button", { name: "Cancel the comparison" });
const step = (page: Page) => page.locator(".work-step strong");
const slots = (page: Page, state: string) => page.locator(`.slot.${state}`);

/** Ready to start on the model that is chosen. */
async function open(
  ...options: Parameters<typeof desktop.open> extends [string, ...infer R] ? R : never
): Promise<Page> {
  const page = await desktop.open("compare", ...options);
  await start(page).or(stop(page)).waitFor();
  if (await stop(page).isVisible()) await stop(page).click(); // left by a test that failed
  await start(page).and(page.locator(":enabled")).waitFor();
  return page;
}

/** A comparison that goes on for a long time, in its first rounds. */
async function openLong(): Promise<Page> {
  const slow = await desktop.slowModel();
  const page = await desktop.open("models");
  await page.getByLabel("Add a GGUF file by its path").fill(slow);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Run this model" }).waitFor();
  await page.locator(".model-detail").getByText(slow).waitFor();
  await page.getByRole("button", { name: "Run this model" }).click();
  await goTo(page, "Compare");
  await fill(page, { Rounds: "50", Tokens: "24" });
  await start(page).click();
  await slots(page, "done").nth(1).waitFor();
  return page;
}

describe("compare", () => {
  it("runs in turns to a verdict, with medians, spread and interval, and keeps every run", async () => {
    const page = await open();
    await shoot(page, "compare-first-use");
    await fill(page, { Rounds: "3", Tokens: "32" });
    await start(page).click();
    await slots(page, "now").waitFor();
    await page.getByRole("img", { name: "a comparison goes on" }).waitFor();
    await step(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
    expect(await slots(page, "done").count()).toBe(6);
    expect(await page.locator(".live-dot").count()).toBe(0);
    const decode = page.locator(".verdict-box.decode_tps");
    expect(await decode.locator(".verdict-headline").textContent()).toMatch(/faster|slower|Not distinguishable/);
    expect(await decode.locator(".verdict-ratio").textContent()).toMatch(/^[\d.]+×$/);
    expect(await decode.getByText(/95 % interval [\d.]+× to [\d.]+×/).isVisible()).toBe(true);
    expect(await page.locator(".interval").count()).toBe(2);
    expect(await page.locator(".rounds-plot circle").count()).toBe(12);
    const table = page.getByRole("region", { name: "Results" }).getByRole("row");
    expect(await table.nth(1).textContent()).toMatch(/^Phonon[\d,.]+/);
    expect(await table.nth(2).textContent()).toMatch(/^llama\.cpp[\d,.]+/);
    expect(await page.locator(".warning").allTextContents()).toContainEqual(expect.stringContaining("with 3 rounds"));
    const curves = page.getByRole("region", { name: "Curves" });
    await curves.getByText("Decode speed").first().waitFor();
    await expect.poll(() => curves.locator("svg path").count()).toBeGreaterThan(2);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 1700 });
    await shoot(page, "compare");
    await goTo(page, "History");
    await expect.poll(() => pastRuns(page).count()).toBe(6);
    await goTo(page, "Compare");
    await step(page).getByText("Done", { exact: true }).waitFor(); // it is still there
  });

  it("holds both engines to one budget, from a cold page cache", async () => {
    const page = await open();
    for (const name of ["Memory budget", "Empty the page cache first"]) {
      await page.getByRole("checkbox", { name }).check({ force: true });
    }
    await fill(page, { "Budget, MiB": "8" });
    await page.getByText("A whole number from 16 to").waitFor();
    expect(await start(page).isDisabled()).toBe(true);
    await fill(page, { Rounds: "1", Tokens: "16", "Budget, MiB": "64" });
    await start(page).click();
    await page.getByText(/16 tokens.* · 64\.0 MiB for each engine · cold page cache/).waitFor();
    await step(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
    const { summary } = await findRun("latest"); // A B: llama.cpp's
    expect(summary).toMatchObject({ engine: "llama.cpp", memory: { budget_bytes: 64 * 2 ** 20 } });
    expect(summary.memory.cold_cache).not.toBeNull();
    await page.reload();
    expect(await page.getByRole("checkbox", { name: "Memory budget" }).isChecked()).toBe(true); // it is kept
    await shoot(page, "compare-budget");
  });

  it("goes on through a reload, is seen by another window, and is cancelled from there", async () => {
    const page = await openLong();
    await page.getByText(/left$/).waitFor();
    await shoot(page, "compare-live");
    const done = await slots(page, "done").count();
    await page.reload();
    await slots(page, "done").nth(done).waitFor();
    expect(await slots(page, "now").count()).toBe(1);
    const second = await desktop.open("compare");
    await slots(second, "done").nth(done).waitFor();
    await stop(second).click();
    for (const each of [page, second]) await step(each).getByText("Cancelled", { exact: true }).waitFor();
    expect(await page.getByText("The runs that had ended are kept").isVisible()).toBe(true);
    await start(page).and(page.locator(":enabled")).waitFor();
  });

  it("is refused while a run goes on on the target, and says so", async () => {
    const page = await desktop.open("run");
    await startRunOf(page, await desktop.slowModel(), LONG_TOKENS);
    try {
      await goTo(page, "Compare");
      await start(page).click();
      await page.getByRole("alert").getByText("A run is going on on local").waitFor();
      await shoot(page, "compare-busy");
    } finally {
      await goTo(page, "Run");
      await cancelButton(page).click();
    }
    await cancelButton(page).waitFor({ state: "detached" });
  });

  it("says in place what is wrong with a field, and why a comparison failed", async () => {
    const page = await open();
    await fill(page, { Rounds: "0" });
    await page.getByText("A whole number from 1 to 1,000.").waitFor();
    expect(await start(page).isDisabled()).toBe(true);
    await fill(page, { Rounds: "2", Tokens: "8" });
    const path = join(desktop.home, "gone.gguf");
    await copyFile(builtInModel(), path);
    await goTo(page, "Models");
    await page.getByLabel("Add a GGUF file by its path").fill(path);
    await page.keyboard.press("Enter");
    await page.locator(".model-detail").getByText(path).waitFor();
    await page.getByRole("button", { name: "Run this model" }).click();
    await rm(path);
    await goTo(page, "Compare");
    await start(page).click();
    await step(page).getByText("Failed", { exact: true }).waitFor();
    await page.getByRole("alert").getByText("gone.gguf").waitFor();
    await shoot(page, "compare-failed");
  });

  it("can be set up and started with the keyboard alone, in a narrow dark window", async () => {
    const page = await open({ viewport: { width: 400, height: 900 }, colorScheme: "dark" });
    await tabTo(page, /^Compare$/); // the link of the view
    await page.getByLabel("Rounds", { exact: true }).focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("1");
    await fill(page, { Tokens: "8", Threads: "" });
    await tabTo(page, /^Compare$/);
    await page.keyboard.press("Enter");
    await step(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await shoot(page, "compare-narrow");
  });
});
