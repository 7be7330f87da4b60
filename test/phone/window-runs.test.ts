/** Runs on a phone from the window: disturbed, cancelled, compared, opened again, exported. */
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import type { Tab } from "../e2e/browser.js";
import { LONG_TOKENS, slowModel, startDesktop, storedText, type Desktop } from "../e2e/desktop.js";
import { goalAtMost } from "../e2e/goals.js";
import {
  cancelButton,
  goTo,
  pastRun,
  pastRuns,
  replay,
  runButton,
  shownRun,
  startRunOf,
  textOf,
  waitForStatus,
  waitForText,
} from "../e2e/page.js";
import { readRun } from "../../electron/store/index.js";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones } from "./phone.js";
import { agentsAre } from "./support.js";

describePhones("runs on a phone from the window", () => {
  let phone: Phone;
  let desktop: Desktop;
  let tab: Tab;
  let slow = "";

  beforeAll(async () => {
    phone = await startPhone();
    desktop = await startDesktop();
    slow = await slowModel(desktop.home);
  });
  afterEach(async () => {
    await tab.page.context().close();
    expect(tab.complaints).toEqual([]);
    await phone.restore();
  });
  afterAll(async () => {
    await desktop.close();
    await stopPhones();
  });

  /** A new tab in which the phone is chosen. */
  async function open(): Promise<Page> {
    tab = await desktop.open({}, `${desktop.shell.url}#/targets`);
    const { page } = tab;
    const card = page.getByRole("region").filter({ hasText: phone.targetId });
    await card.getByRole("button", { name: "Run here" }).click();
    await runButton(page).and(page.locator(":enabled")).waitFor();
    return page;
  }

  /** As a person who has never seen Phonon: nothing but clicks, with what the window offers by itself. */
  test("from plugging a phone in to where its tokens' time goes, beside llama.cpp", async () => {
    await phone.unplug();
    tab = await desktop.open({}, `${desktop.shell.url}#/targets`);
    const { page } = tab;
    await page.getByText("Add a phone").waitFor();
    const began = performance.now();
    await phone.replug();
    await page
      .getByRole("region")
      .filter({ hasText: phone.targetId })
      .getByRole("button", { name: "Run here" })
      .click();
    await runButton(page).and(page.locator(":enabled")).click();
    await waitForStatus(page, "Done", 90_000);
    await page.locator('#chart-parts .chart-mark[data-series="attention"]').waitFor();
    await goTo(page, "Compare");
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    const parts = page.getByRole("region", { name: "Time per token by part" });
    await parts.getByText("llama.cpp").first().waitFor({ timeout: 90_000 });
    goalAtMost("from plugging in to both engines' parts, seconds", (performance.now() - began) / 1000, 120, "s");
    await page.getByRole("button", { name: "Cancel the comparison" }).click();
    await page.locator(".work-step strong").getByText("Cancelled", { exact: true }).waitFor();
  });

  test("unplugged in the middle and plugged in again: the text goes on, and a click cancels", async () => {
    const page = await open();
    await startRunOf(page, slow, LONG_TOKENS);
    const run = await shownRun(page);
    await phone.unplug();
    await page.locator(".run-status").getByText("The phone is not connected; the run goes on there").waitFor();
    const before = (await textOf(page)).length;
    await phone.replug();
    await waitForText(page, before + 200);
    await cancelButton(page).click();
    await waitForStatus(page, "Cancelled");
    expect(await textOf(page)).toBe(await storedText(run));
    expect((await readRun(run))?.record.target).toBe(phone.targetId);
    await agentsAre(0, phone);
  });

  test("rebooted in the middle: the agent is shown as lost, and what came is kept", async () => {
    const page = await open();
    await startRunOf(page, slow, LONG_TOKENS);
    const run = await shownRun(page);
    await phone.reboot();
    await waitForStatus(page, "Agent lost", 90_000);
    const text = await textOf(page);
    expect(text.length).toBeGreaterThan(200);
    expect(await storedText(run)).toBe(text);
  });

  test("compared there, each round is in the history, is opened again, and is exported", async () => {
    const page = await open();
    await goTo(page, "Compare");
    for (const [label, value] of [
      ["Rounds", "1"],
      ["Tokens", "16"],
      ["Threads", "1"],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    await page.locator(".work-step strong").getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
    expect(await page.locator(".verdict-box.decode_tps .verdict-headline").textContent()).not.toBe("");
    await goTo(page, "History");
    await replay(page, pastRuns(page).first());
    await waitForStatus(page, "Done");
    const run = await shownRun(page);
    expect((await readRun(run))?.record.target).toBe(phone.targetId);
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await page.getByRole("menuitem", { name: "csv" }).click();
    const path = (await page.locator(".exported code").textContent()) ?? "";
    expect((await readFile(path, "utf8")).trimEnd().split("\n")).toHaveLength(1 + 16);
    await goTo(page, "History");
    await pastRun(page, run).waitFor();
    await agentsAre(0, phone);
  });
});
