/** The window without a mouse, in the dark, and in little room. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright";
import { shoot, type Tab } from "./browser.js";
import { startDesktop, type Desktop } from "./desktop.js";
import { headline, pastRuns, ready, runButton, shownRun, textOf, waitForStatus } from "./page.js";

let desktop: Desktop;
let tab: Tab | undefined;

beforeAll(async () => {
  desktop = await startDesktop();
});

afterAll(() => desktop.close());

afterEach(async () => {
  expect(tab?.complaints ?? []).toEqual([]);
  await tab?.page.context().close();
  tab = undefined;
});

async function open(...options: Parameters<Desktop["open"]>): Promise<Page> {
  tab = await desktop.open(...options);
  await ready(tab.page);
  return tab.page;
}

const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
    return label ?? element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (name.test(await focused(page))) return;
  }
  throw new Error(`Tab does not reach ${name}`);
}

it("ui: everything can be done with the keyboard alone", async () => {
  const page = await open();
  await tabTo(page, /^Phonon$/);
  await page.keyboard.press("ArrowRight"); // the other engine
  expect(await page.getByLabel("llama.cpp").isChecked()).toBe(true);
  await tabTo(page, /^Tokens/);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("24");
  await page.keyboard.press("Control+Enter");
  await waitForStatus(page, "Done");
  const [run, text] = [await shownRun(page), await textOf(page)];
  expect(await pastRuns(page).first().textContent()).toContain("llama.cpp");

  await tabTo(page, /^Run/);
  await page.keyboard.press("Enter");
  await expect.poll(() => shownRun(page)).not.toBe(run);
  await waitForStatus(page, "Done");
  await tabTo(page, /^\d\d:\d\d:\d\d/); // the newest past run
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => shownRun(page)).toBe(run);
  await expect.poll(() => textOf(page)).toBe(text);
  await shoot(page, "keyboard-focus");
});

it("ui: a field that is not right says so, and no run is started", async () => {
  const page = await open();
  await page.getByLabel("Tokens").fill("many");
  expect(await page.getByLabel("Tokens").getAttribute("aria-invalid")).toBe("true");
  expect(await runButton(page).isDisabled()).toBe(true);
  const before = await pastRuns(page).count();
  await page.keyboard.press("Control+Enter");
  await page.waitForTimeout(300);
  expect(await pastRuns(page).count()).toBe(before);
  await shoot(page, "field-problem");
});

it("ui: dark as the system is, and light when asked, also after a reload", async () => {
  const page = await open({ colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await ground();
  await runButton(page).click();
  await waitForStatus(page, "Done");
  await page.waitForTimeout(400);
  await shoot(page, "run-dark");
  await page.getByRole("button", { name: "Theme: system" }).click();
  const light = await ground();
  expect(light).not.toBe(dark);
  await page.reload();
  await ready(page);
  expect(await ground()).toBe(light);
});

it("ui: at 400 pixels nothing is cut off, and the headline of a new run comes into view", async () => {
  const page = await open({ viewport: { width: 400, height: 800 } });
  await shoot(page, "narrow-first-use");
  await runButton(page).click();
  await waitForStatus(page, "Done");
  await page.waitForTimeout(400);
  expect(await headline(page)).toBeGreaterThan(1);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  const box = await page.getByTestId("decode").boundingBox();
  expect(box?.y).toBeGreaterThanOrEqual(0);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(800);
  await shoot(page, "narrow-run");
});
