/** The window in the dark, in little room, and to assistive programs. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright";
import { violations } from "./axe.js";
import { shoot, type Tab } from "./browser.js";
import { startDesktop, type Desktop } from "./desktop.js";
import { field, goTo, headline, pastRuns, ready, runButton, waitForStatus } from "./page.js";
import { tabTo } from "./use-desktop.js";

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
