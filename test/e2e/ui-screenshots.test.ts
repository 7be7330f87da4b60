/** A picture of every view, light and dark. With PHONON_SCREENSHOTS=1 they replace those that the README shows. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright";
import { SCREENSHOTS, shoot } from "./browser.js";
import { startDesktop, type Desktop } from "./desktop.js";
import { chooseEngine, field, goTo, pastRuns, ready, replay, runButton, waitForStatus } from "./page.js";

const KEPT = join(import.meta.dirname, "screenshots");

let desktop: Desktop;

beforeAll(async () => {
  desktop = await startDesktop();
});

afterAll(() => desktop.close());

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(600); // what is drawn with delay is drawn
  await shoot(page, name, false);
  if (process.env["PHONON_SCREENSHOTS"]) await copyFile(join(SCREENSHOTS, `${name}.png`), join(KEPT, `${name}.png`));
}

async function runOf(page: Page, engine: string, tokens: string): Promise<void> {
  await chooseEngine(page, engine);
  await field(page, "Tokens").fill(tokens);
  await runButton(page).click();
  await waitForStatus(page, "Done");
  await ready(page);
}

it.each(["light", "dark"] as const)("ui: every view in the %s", async (colorScheme) => {
  const { page, complaints } = await desktop.open({ colorScheme });
  await ready(page);
  for (const tokens of ["128", "256"]) for (const engine of ["llama.cpp", "Phonon"]) await runOf(page, engine, tokens);
  await picture(page, `run-${colorScheme}`);
  await goTo(page, "History");
  await pastRuns(page).nth(3).waitFor();
  await picture(page, `history-${colorScheme}`);
  await replay(page, pastRuns(page).nth(1));
  await waitForStatus(page, "Done");
  await picture(page, `replay-${colorScheme}`);
  const views = await page.getByRole("navigation", { name: "Views" }).getByRole("link").allTextContents();
  for (const view of views.filter((name) => !["Run", "History"].includes(name))) {
    await goTo(page, view);
    await picture(page, `${view.toLowerCase()}-${colorScheme}`);
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});
