/** The UI as tests speak of it. */
import { expect } from "vitest";
import type { Page } from "playwright";

export const runButton = (page: Page) => page.getByRole("button", { name: /^Run / });
export const cancelButton = (page: Page) => page.getByRole("button", { name: /^Cancel / });
export const status = (page: Page) => page.locator(".run-status strong");
export const pastRuns = (page: Page) => page.locator(".history tbody tr");

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
  const row = page.locator(".history tr.shown button");
  await row.waitFor();
  return (await row.getAttribute("title")) ?? "";
}

export async function typeModel(page: Page, path: string): Promise<void> {
  await page.getByRole("button", { name: "Add …" }).click();
  await page.getByLabel("Path of a GGUF file").fill(path);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

/** Starts a run of a model that is given by its path, and waits until it is well under way. */
export async function startRunOf(page: Page, model: string, tokens: string): Promise<void> {
  await typeModel(page, model);
  await expect.poll(() => page.getByLabel("Model", { exact: true }).inputValue(), { timeout: 30_000 }).toBe(model);
  await page.getByLabel("Tokens").fill(tokens);
  await runButton(page).click();
  await waitForText(page, 200);
}
