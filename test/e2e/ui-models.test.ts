/** Models: what they are, where they are, where they fit. */
import { copyFile, truncate, writeFile } from "node:fs/promises";
import { freemem } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Page } from "playwright";
import { builtInModel } from "../../electron/models/index.js";
import { violations } from "./axe.js";
import { bridgeOverSocket } from "./bridge.js";
import { shoot } from "./browser.js";
import { sparseModel } from "./desktop.js";
import { writeHostileModel } from "./hostile-model.js";
import { chooseEngine, field, ready, runButton, waitForStatus } from "./page.js";
import { focused, overflowOf, tabTo, useDesktop } from "./use-desktop.js";

const desktop = useDesktop();
const KV_BYTES = 12 * 4 * 64 * 2 * 2; // of a token of the sparse model: layers, heads, dimensions, K and V, F16
const rows = (page: Page) => page.getByRole("grid", { name: "Models" }).locator("tbody").getByRole("row");
const pathField = (page: Page) => page.getByLabel("Add a GGUF file by its path");
const detail = (page: Page) => page.locator(".model-detail");
const problem = (page: Page) => page.getByRole("form", { name: "Add a model" }).getByRole("alert");

async function add(page: Page, path: string): Promise<void> {
  await pathField(page).fill(path);
  await pathField(page).press("Enter");
}

describe("models", () => {
  it("the built-in one is there from the start, fits, and is run with one click", async () => {
    const page = await desktop.open("models");
    await rows(page).first().getByText("built in").waitFor();
    await detail(page).getByText("Fits", { exact: true }).waitFor();
    await detail(page).getByText("read where it is").waitFor();
    for (const text of ["smallthinker", "6.4 M", "F16", "12.3 MiB", "1,024 tokens"]) {
      expect(await detail(page).getByText(text, { exact: true }).isVisible()).toBe(true);
    }
    expect(await violations(page)).toEqual([]);
    await shoot(page, "models-first-use");
    await detail(page).getByRole("button", { name: "Run this model" }).click();
    await ready(page);
    await runButton(page).click();
    await waitForStatus(page, "Done");
  });

  it("one is added by its path, shown, and chosen for a run", async () => {
    const slow = await desktop.slowModel();
    const page = await desktop.open("models");
    await add(page, slow);
    await detail(page).getByText(slow).waitFor();
    expect(await rows(page).count()).toBe(2);
    await detail(page).getByText("4,096 tokens").waitFor();
    await detail(page).getByText("Fits", { exact: true }).waitFor();
    await shoot(page, "models");
    await detail(page).getByRole("button", { name: "Run this model" }).click();
    await ready(page);
    await page.getByRole("button", { name: /^Synthetic model/ }).waitFor();
  });

  it("with a context that does not fit says so, and what would", async () => {
    const page = await desktop.open("models");
    await rows(page).filter({ hasText: "slow.gguf" }).click();
    await detail(page).getByText("Fits", { exact: true }).waitFor();
    await detail(page).getByLabel("For a context of").fill("16777216");
    await detail(page).getByText("Too large", { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await shoot(page, "models-too-large");
    const suggestion = detail(page).getByRole("button", { name: /^A context of/ });
    await suggestion.click();
    await detail(page).getByText("Fits", { exact: true }).waitFor();
    await detail(page).getByLabel("For a context of").fill("many");
    await detail(page).getByText("A number of tokens.").waitFor();
  });

  it("one that is too large is offered a budget to be streamed in, here and where a run is set up", async () => {
    const path = await sparseModel(desktop.home);
    const available = freemem();
    await truncate(path, Math.round(0.6 * available)); // of which the disk holds nothing
    const page = await desktop.open("models");
    await add(page, path);
    await detail(page).getByText(path).waitFor();
    const context = String(Math.round((0.55 * available) / KV_BYTES));
    await detail(page).getByLabel("For a context of").fill(context);
    await detail(page).getByText("Too large", { exact: true }).waitFor();
    await detail(page)
      .getByRole("button", { name: /^Phonon in a memory budget of/ })
      .click();
    await ready(page);
    const budget = page.getByRole("checkbox", { name: "Memory budget" });
    expect(await budget.isChecked()).toBe(true);
    const mib = Number(await field(page, "Budget, MiB").inputValue());
    expect(mib).toBeGreaterThan((0.5 * available) / 2 ** 20);
    expect(mib).toBeLessThan(available / 2 ** 20);

    await budget.uncheck({ force: true });
    await chooseEngine(page, "llama.cpp");
    await page.getByRole("button", { name: "More settings" }).click();
    await field(page, "Context").fill(context);
    await page.getByText(/^Too large: needs about /).waitFor();
    await page.getByRole("button", { name: "Give it that budget" }).click();
    await page.getByText(/^Too large: needs about /).waitFor({ state: "detached" });
    expect(await budget.isChecked()).toBe(true);
    expect(await page.getByRole("radio", { name: "Phonon", exact: true }).isChecked()).toBe(true);
  });

  it("files that are none, or are missing, are errors in place", async () => {
    const page = await desktop.open("models");
    await rows(page).first().waitFor();
    const count = await rows(page).count();
    await add(page, join(desktop.home, "missing.gguf"));
    await problem(page).getByText("missing.gguf").waitFor();
    const text = join(desktop.home, "text.gguf");
    await writeFile(text, "GGUF, so it says");
    await add(page, text);
    await problem(page).getByText("text.gguf").waitFor();
    expect(await rows(page).count()).toBe(count);
    await shoot(page, "models-problem");
    await problem(page).getByRole("button", { name: "Dismiss" }).click();
    await problem(page).waitFor({ state: "detached" });
  });

  it("metadata with markup, shell text and control characters is text", async () => {
    const path = join(desktop.home, "$(reboot) <i>.gguf");
    await writeHostileModel(path);
    const page = await desktop.open("models");
    await add(page, path);
    await detail(page).getByRole("heading", { level: 2 }).getByText("<b>x</b>").waitFor();
    const name = "<b>x</b>$(id)`⟨U+001B⟩⟨U+202E⟩";
    expect(await detail(page).getByRole("heading", { level: 2 }).textContent()).toBe(name);
    expect(await page.locator("main b, main i").count()).toBe(0);
    await detail(page).getByRole("button", { name: "Run this model" }).click();
    await ready(page);
    await runButton(page).click();
    await waitForStatus(page, "Done");
    expect(await page.title()).toBe("Run · Phonon");
  });

  it("a file that is dropped in a browser, which does not tell its path, fills in what is known", async () => {
    const page = await desktop.open("models");
    await rows(page).first().waitFor();
    const files = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["GGUF"], "dropped.gguf"));
      return data;
    });
    await page.dispatchEvent(".drop-area", "dragover", { dataTransfer: files });
    await page.getByText("Drop the GGUF file to add it").waitFor();
    await page.dispatchEvent(".drop-area", "drop", { dataTransfer: files });
    await problem(page).getByText("does not tell where dropped.gguf lies").waitFor();
    expect(await pathField(page).inputValue()).toBe("dropped.gguf");
  });

  it("a file that is dropped in a desktop's window, which tells its path, is added", async () => {
    const path = join(desktop.home, "bridge.gguf");
    await copyFile(builtInModel(), path);
    const page = await desktop.open("models", {}, bridgeOverSocket(path));
    await rows(page).first().waitFor();
    await page.getByText("Or drop it here.").waitFor();
    const files = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["GGUF"], "bridge.gguf"));
      return data;
    });
    await page.dispatchEvent(".drop-area", "drop", { dataTransfer: files });
    await detail(page).getByText(path).waitFor();
    await page.getByRole("button", { name: "Choose …" }).click();
    await problem(page).getByText("There is no file dialog here").waitFor(); // it is Electron's
  });

  it("is taken from the list with the keyboard alone, after a question; the file stays", async () => {
    const path = join(desktop.home, "copy.gguf");
    await copyFile(builtInModel(), path);
    const page = await desktop.open("models");
    await rows(page).first().waitFor();
    const count = await rows(page).count();
    await tabTo(page, /Add a GGUF file|^$/);
    await pathField(page).focus();
    await page.keyboard.type(path);
    await page.keyboard.press("Enter");
    await expect.poll(() => rows(page).count()).toBe(count + 1);
    await tabTo(page, /copy\.gguf/); // the row that is shown
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toContain("copy.gguf");
    await tabTo(page, /^Remove from the list$/);
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").or(page.getByRole("dialog")).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => rows(page).count()).toBe(count);
    await add(page, path); // it is still there
    await expect.poll(() => rows(page).count()).toBe(count + 1);
  });

  it("can be read in a narrow window and in the dark", async () => {
    const page = await desktop.open("models", { viewport: { width: 400, height: 900 }, colorScheme: "dark" });
    await detail(page).getByText("Fits", { exact: true }).waitFor();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await shoot(page, "models-narrow");
  });
});
