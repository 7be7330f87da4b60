/** The UI as tests speak of it. */
import { expect } from "vitest";
import type { Locator, Page } from "playwright";
import { FORMAT_FACTS, type ExportFormat } from "../../electron/export/formats.js";

export const runButton = (page: Page) => page.getByRole("button", { name: /^Run / });
export const cancelButton = (page: Page) => page.getByRole("button", { name: /^Cancel / });
export const status = (page: Page) => page.locator(".run-status strong");

export const field = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });

export async function chooseEngine(page: Page, name: string): Promise<void> {
  await page.getByRole("radiogroup", { name: "Engine" }).getByText(name, { exact: true }).click();
}

/** The rows of the history, which must be shown. */
export const pastRuns = (page: Page) => page.getByRole("grid", { name: "Runs" }).locator("tbody").getByRole("row");
export const pastRun = (page: Page, runId: string) => page.locator(`tr[data-key="${runId}"]`);

export const sortRuns = (page: Page, column: string) => page.getByRole("columnheader", { name: column }).click();
/** Waits for the history's title: "1,000 runs", "1 run found". */
export const foundRuns = (page: Page, runs: string) =>
  page.getByRole("heading", { name: `History ${runs}`, exact: true }).waitFor();
/** Of a row of the history. */
export const decodeOf = (page: Page, row: number) => pastRuns(page).nth(row).locator("strong").textContent();

export async function filterRuns(page: Page, filter: string, value: string): Promise<void> {
  await page.getByRole("search").getByRole("button", { name: filter }).click();
  await page.getByRole("option", { name: value }).click();
}

/** Writes the runs that are chosen, or the one that is open, in a format. Resolves to the file. */
export async function exportAs(page: Page, format: ExportFormat): Promise<string> {
  await page.getByRole("button", { name: "Export" }).click();
  await page
    .getByRole("menuitem")
    .filter({ has: page.getByText(format, { exact: true }) })
    .click();
  const path = page.locator(".exported code").filter({ hasText: new RegExp(`\\.${FORMAT_FACTS[format].extension}$`) });
  return (await path.textContent()) ?? "";
}

export async function goTo(page: Page, view: string): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: view }).click();
  await page.getByRole("main", { name: view }).waitFor();
}

/** From the history to one of its runs. */
export async function replay(page: Page, row: Locator): Promise<void> {
  await row.getByRole("rowheader").click();
  await page.getByRole("link", { name: "History" }).and(page.locator(".crumbs a")).waitFor();
}

export async function textOf(page: Page): Promise<string> {
  return (await page.getByTestId("text").textContent()) ?? "";
}

/** The headline, in tokens per second. */
export async function headline(page: Page): Promise<number> {
  const figure = await page.getByTestId("decode").locator(".figure").textContent();
  return Number(figure?.replaceAll(",", ""));
}

export async function ready(page: Page): Promise<void> {
  await runButton(page).and(page.locator(":enabled")).waitFor();
}

export async function waitForStatus(page: Page, label: string, timeout = 60_000): Promise<void> {
  await status(page).getByText(label, { exact: true }).waitFor({ timeout });
}

export async function waitForText(page: Page, characters: number): Promise<void> {
  await expect.poll(async () => (await textOf(page)).length, { timeout: 60_000 }).toBeGreaterThan(characters);
}

/** The name of the run that is shown. */
export async function shownRun(page: Page): Promise<string> {
  const panel = page.locator("section[data-run]");
  await panel.waitFor();
  return (await panel.getAttribute("data-run")) ?? "";
}

export async function typeModel(page: Page, path: string): Promise<void> {
  await page.getByRole("button", { name: "Add …" }).click();
  await page.getByLabel("Path of a GGUF file").fill(path);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

/** Fills in fields by their labels. */
export async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
}

/** The Studies view's form, ready to be filled in. */
export async function chooseStudy(page: Page, kind: "Ladder" | "Curve"): Promise<void> {
  await page.getByRole("radiogroup", { name: "Study" }).getByText(kind, { exact: true }).click();
}

/** Without root a budget would be enforced by a balloon, which takes all of this computer's memory. */
export async function enforceNothing(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More settings" }).click();
  await page.getByRole("button", { name: /Enforced/ }).click();
  await page.getByRole("option", { name: "Not from outside" }).click();
}

export const startStudyButton = (page: Page) =>
  page.getByRole("button", { name: /^(Climb the ladder|Draw the curve)$/ });

/** Waits until it goes on, as what an earlier one came to is in sight until then. */
export async function startStudy(page: Page): Promise<void> {
  await startStudyButton(page).click();
  await page.locator(".slot.now").waitFor();
}

/** Starts a run of a model that is given by its path, and waits until it is well under way. */
export async function startRunOf(page: Page, model: string, tokens: string): Promise<void> {
  await typeModel(page, model);
  await page.locator(".add-model").waitFor({ state: "detached" });
  await field(page, "Tokens").fill(tokens);
  await runButton(page).click();
  await waitForText(page, 200);
}
