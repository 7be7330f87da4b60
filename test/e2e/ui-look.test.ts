/** The window without a mouse, in the dark, in little room, and to assistive programs. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright";
import { violations } from "./axe.js";
import { shoot, type Tab } from "./browser.js";
import { startDesktop, type Desktop } from "./desktop.js";
import { field, goTo, headline, pastRun, pastRuns, ready, runButton, shownRun, textOf, waitForStatus } from "./page.js";

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

it("ui: what a figure means is told on focus, and Escape closes that and nothing else", async () => {
  const page = await open();
  await tabTo(page, /^Token p99$/);
  const hint = page.getByRole("tooltip");
  await hint.getByText("One token in a hundred took longer").waitFor();
  expect(await violations(page)).toEqual([]);
  await shoot(page, "hint", false);
  await page.evaluate(() => document.addEventListener("keydown", ({ key }) => Object.assign(window, { heard: key })));
  await page.keyboard.press("Escape");
  await hint.waitFor({ state: "detached" });
  expect(await page.evaluate(() => "heard" in window)).toBe(false); // it would cancel a run
  await page.mouse.move(0, 0);
  await page.getByText("Token p50").hover();
  await hint.getByText("Half of the tokens took at most this long").waitFor();
});

it("ui: a field that is not right says so, and no run is started", async () => {
  const page = await open();
  const tokens = field(page, "Tokens");
  await tokens.fill("many");
  expect(await tokens.getAttribute("aria-invalid")).toBe("true");
  await page.getByText("A whole number from 1 to 1,000,000.").waitFor();
  expect(await runButton(page).isDisabled()).toBe(true);
  await page.keyboard.press("Control+Enter");
  await page.waitForTimeout(300);
  expect(await page.locator("section[data-run]").count()).toBe(0);
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
  await page.getByRole("button", { name: "Theme: System" }).click();
  await page.getByRole("menuitem", { name: "Light" }).click();
  const light = await ground();
  expect(light).not.toBe(dark);
  await page.reload();
  await ready(page);
  expect(await ground()).toBe(light);
});

it("ui: at 400 pixels nothing is cut off, and the headline of a new run comes into view", async () => {
  const page = await open({ viewport: { width: 400, height: 800 } });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await shoot(page, "narrow-first-use");
  await runButton(page).click();
  await waitForStatus(page, "Done");
  await page.waitForTimeout(400);
  expect(await headline(page)).toBeGreaterThan(1);
  expect(await overflow()).toBeLessThanOrEqual(0);
  const box = await page.getByTestId("decode").boundingBox();
  expect(box?.y).toBeGreaterThanOrEqual(0);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(800);
  await shoot(page, "narrow-run");
  await goTo(page, "History");
  await pastRuns(page).first().waitFor();
  expect(await overflow()).toBeLessThanOrEqual(0);
  await shoot(page, "narrow-history");
});

it.each([1280, 1024, 400])("ui: at %d pixels what is chosen between stays within its panel", async (width) => {
  const page = await open({ viewport: { width, height: 860 } });
  for (const view of ["Run", "Compare", "Studies"]) {
    await goTo(page, view);
    await page.locator(".segments").first().waitFor();
    const beyond = await page.locator(".segments").evaluateAll((all) =>
      all.map((one) => {
        const last = one.lastElementChild!.getBoundingClientRect().right;
        return last - one.parentElement!.getBoundingClientRect().right;
      }),
    );
    expect(Math.max(...beyond), view).toBeLessThanOrEqual(0);
  }
});

it.each([
  { width: 400, height: 500 },
  { width: 1280, height: 300 },
])("ui: a view begins at its top, whatever the one before was scrolled to, at $width pixels", async (viewport) => {
  const page = await open({ viewport });
  const top = () => page.evaluate(() => scrollY + document.querySelector("main")!.scrollTop);
  await goTo(page, "Compare");
  for (const next of ["Studies", "Compare"]) {
    await page.evaluate(() => {
      scrollTo(0, 60);
      document.querySelector("main")!.scrollTo(0, 60);
    });
    await expect.poll(top).toBeGreaterThan(59);
    await page.waitForTimeout(100); // the page hears of it with its next frame
    await goTo(page, next);
    expect(await top(), next).toBe(0);
  }
});

it.each(["light", "dark"] as const)("ui: axe finds nothing serious in the %s", async (colorScheme) => {
  const page = await open({ colorScheme });
  await page.getByRole("button", { name: "More settings" }).click();
  expect(await violations(page)).toEqual([]);
  await runButton(page).click();
  await waitForStatus(page, "Done");
  expect(await violations(page)).toEqual([]);
  await goTo(page, "History");
  await pastRuns(page).first().getByRole("checkbox").check();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").waitFor();
  expect(await violations(page)).toEqual([]);
});

it("ui: where motion is not wanted, nothing moves by itself", async () => {
  const page = await open({ reducedMotion: "reduce" });
  await runButton(page).click();
  const moving = await page.evaluate(() => document.getAnimations().length);
  expect(moving).toBe(0);
  await waitForStatus(page, "Done");
});
