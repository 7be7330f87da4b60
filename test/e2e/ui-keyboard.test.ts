/** The window without a mouse: every view's work by keys alone. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { Page } from "playwright";
import { PRESETS } from "../../renderer/state/presets.js";
import { shoot } from "./browser.js";
import { decodeOf, field, foundRuns, pastRun, pastRuns, ready, shownRun, textOf, waitForStatus } from "./page.js";
import { tabTo, useDesktop } from "./use-desktop.js";

const desktop = useDesktop();

async function open(): Promise<Page> {
  const page = await desktop.open("run");
  await ready(page);
  return page;
}

/** Puts a number in place of a field's. */
async function typeInto(page: Page, label: RegExp, value: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(value);
}

/** Opens what has the focus, and chooses what begins so. */
async function chooseByKeys(page: Page, beginning: string): Promise<void> {
  const list = page.getByRole("menu").or(page.getByRole("listbox"));
  await page.keyboard.press("Enter");
  await list.waitFor();
  await page.keyboard.type(beginning);
  await page.keyboard.press("Enter");
  await list.waitFor({ state: "detached" });
}

it("keyboard: a run is set up, started, opened again and deleted", async () => {
  const page = await open();
  await tabTo(page, /^Phonon$/);
  await page.keyboard.press("ArrowRight"); // the other engine
  expect(await page.getByLabel("llama.cpp").isChecked()).toBe(true);
  await tabTo(page, /^Tokens/);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("24");
  await page.keyboard.press("ArrowUp");
  expect(await field(page, "Tokens").inputValue()).toBe("25");
  await page.keyboard.press("Control+Enter");
  await waitForStatus(page, "Done");
  const [run, text] = [await shownRun(page), await textOf(page)];

  await tabTo(page, /^Run Ctrl/);
  await page.keyboard.press("Enter");
  await expect.poll(() => shownRun(page)).not.toBe(run);
  await waitForStatus(page, "Done");

  await tabTo(page, /^History$/);
  await page.keyboard.press("Enter");
  await pastRun(page, run).waitFor();
  await tabTo(page, /^\d\d:\d\d:\d\d/); // the table: its first row
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => shownRun(page)).toBe(run);
  await expect.poll(() => textOf(page)).toBe(text);
  await shoot(page, "replay");

  await tabTo(page, /^History$/);
  await page.keyboard.press("Enter");
  await pastRun(page, run).waitFor();
  const before = await pastRuns(page).count();
  await tabTo(page, /^\d\d:\d\d:\d\d/);
  await page.keyboard.press("Space");
  await page.getByText("1 chosen").waitFor();
  await shoot(page, "keyboard-focus");
  await tabTo(page, /^Delete$/);
  await page.keyboard.press("Enter");
  await page.getByRole("alertdialog").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => pastRuns(page).count()).toBe(before - 1);
});

it("keyboard: examples and the theme are chosen", async () => {
  const page = await open();
  const [, second] = PRESETS;
  await tabTo(page, new RegExp(`^${second!.label}$`));
  await page.keyboard.press("Space");
  await expect.poll(() => field(page, "Prompt").inputValue()).toBe(second!.prompt);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await tabTo(page, /^Theme: System$/);
  await chooseByKeys(page, "Dark");
  await expect.poll(ground).not.toBe(light);
});

it("keyboard: runs are sorted, filtered and exported", async () => {
  const page = await open();
  await page.keyboard.press("Control+Enter");
  await waitForStatus(page, "Done");
  const first = await shownRun(page);
  await ready(page);
  await tabTo(page, /^Phonon$/);
  await page.keyboard.press("ArrowRight"); // llama.cpp
  await page.keyboard.press("Control+Enter");
  await expect.poll(() => shownRun(page)).not.toBe(first);
  await waitForStatus(page, "Done");
  await tabTo(page, /^History$/);
  await page.keyboard.press("Enter");
  await pastRuns(page).nth(1).waitFor();
  const speeds = async () => {
    const shown = await Promise.all([0, 1].map((row) => decodeOf(page, row)));
    return shown.map((figure) => Number(figure!.replaceAll(",", "")));
  };

  await tabTo(page, /^Started/);
  for (let column = 0; column < 9; column++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter"); // the fastest first
  const sorted = page.getByRole("columnheader", { name: "Decode" });
  await expect.poll(() => sorted.getAttribute("aria-sort")).toBe("descending");
  await expect
    .poll(async () => (await speeds()).every((speed, row, all) => row === 0 || speed <= all[row - 1]!))
    .toBe(true);
  await page.keyboard.press("Enter");
  await expect.poll(() => sorted.getAttribute("aria-sort")).toBe("ascending");

  const ofLlama = await pastRuns(page).filter({ hasText: "llama.cpp" }).count(); // with those of the test before
  await tabTo(page, /^Engine$/);
  await chooseByKeys(page, "llama");
  await foundRuns(page, ofLlama === 1 ? "1 run found" : `${ofLlama} runs found`);
  await tabTo(page, /^\d\d:\d\d:\d\d/);
  await page.keyboard.press("Space");
  await tabTo(page, /^Export$/);
  await chooseByKeys(page, "llama-bench-json");
  const exported = page.locator(".exported code");
  expect(JSON.parse(await readFile((await exported.textContent())!, "utf8"))).toHaveLength(2);
  await tabTo(page, /^Show all$/);
  await page.keyboard.press("Enter");
  await expect.poll(() => pastRuns(page).count()).toBeGreaterThan(1);
});

it("keyboard: a comparison is set up and started", async () => {
  const page = await open();
  await tabTo(page, /^Compare$/);
  await page.keyboard.press("Enter");
  await page.getByRole("main", { name: "Compare" }).waitFor();
  await typeInto(page, /^Rounds/, "1");
  await typeInto(page, /^Tokens/, "8");
  await tabTo(page, /^Compare$/); // the button
  await page.keyboard.press("Enter");
  await page.locator(".slot.now").waitFor();
  await page.locator(".work-step strong").getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
  await page.locator(".verdict-box.decode_tps .verdict-ratio").waitFor();
});
