/** The window as a person uses it, in a real browser, with real agents on this computer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright";
import { PRESETS } from "../../renderer/state/presets.js";
import { violations } from "./axe.js";
import { shoot, type Tab } from "./browser.js";
import { finishBundle, newBundle } from "./charts-bundle.js";
import { killAgents, LONG_TOKENS, slowModel, startDesktop, storedConfig, storedText, type Desktop } from "./desktop.js";
import {
  startRunOf,
  typeModel,
  cancelButton,
  chooseEngine,
  field,
  goTo,
  headline,
  pastRun,
  pastRuns,
  ready,
  replay,
  runButton,
  shownRun,
  status,
  textOf,
  waitForStatus,
  waitForText,
} from "./page.js";

let desktop: Desktop;
let slow: string;
let tab: Tab | undefined;

beforeAll(async () => {
  desktop = await startDesktop();
  slow = await slowModel(desktop.home);
});

afterAll(() => desktop.close());

afterEach(async () => {
  expect(tab?.complaints ?? []).toEqual([]);
  if (tab && (await cancelButton(tab.page).isVisible())) await cancel(tab.page); // after a failure
  await tab?.page.context().close();
  tab = undefined;
});

/** A figure that gets its first value or another digit moves what is beside it in its line: shares of the window. */
const MAX_SHIFT = 0.02;

interface Shifts {
  sum: number; // of the shares of the window that moved, times how far
  vertical: string[]; // what moved up or down
}

/** Runs in the page: keeps in `window.shifts` what moves from now on, also right after a click. */
function watchShifts(): void {
  type Source = { node: Node | null; previousRect: DOMRect; currentRect: DOMRect };
  type Shift = PerformanceEntry & { value: number; sources: Source[] };
  const shifts: Shifts = { sum: 0, vertical: [] };
  const note = ({ node, previousRect, currentRect }: Source) => {
    const by = currentRect.y - previousRect.y;
    const isBlank = node instanceof Text && node.data.trim() === ""; // the space before a figure's unit
    if (Math.abs(by) < 1 || isBlank) return;
    const { className } = node instanceof Element ? node : (node?.parentElement ?? { className: "" });
    shifts.vertical.push(`${className} "${node?.textContent?.slice(0, 40)}" by ${by} px`);
  };
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries() as Shift[]) {
      shifts.sum += value;
      sources.forEach(note);
    }
  }).observe({ type: "layout-shift" });
  Object.assign(window, { shifts });
}

async function cancel(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await waitForStatus(page, "Cancelled", 20_000);
}

async function open(...options: Parameters<Desktop["open"]>): Promise<Page> {
  tab = await desktop.open(...options);
  await ready(tab.page);
  return tab.page;
}

/** A run of many seconds, well under way. */
async function openLongRun(): Promise<Page> {
  const page = await open();
  await startRunOf(page, slow, LONG_TOKENS);
  return page;
}

describe("ui: a run", () => {
  it("of the built-in model is one click on first use", async () => {
    const page = await open();
    await shoot(page, "first-use");
    await runButton(page).click();
    await waitForStatus(page, "Done");
    expect(await textOf(page)).toBe(await storedText(await shownRun(page)));
    expect((await textOf(page)).length).toBeGreaterThan(100);
    expect(await headline(page)).toBeGreaterThan(1);
    await page.locator("#chart-speed .chart-marks path").first().waitFor();
    await shoot(page, "run-phonon");
  });

  it("moves nothing that is in sight, from the click that starts it to its end", async () => {
    const page = await open();
    await field(page, "Tokens").fill("512");
    await page.evaluate(watchShifts);
    await runButton(page).click();
    await waitForStatus(page, "Done");
    await page.locator("#chart-speed .chart-marks path").first().waitFor();
    await page.waitForTimeout(1000); // what follows the end
    const { sum, vertical } = await page.evaluate(() => (window as unknown as { shifts: Shifts }).shifts);
    expect(vertical).toEqual([]);
    expect(sum).toBeLessThan(MAX_SHIFT);
  });

  it("of llama.cpp is chosen beside it, and kept beside it", async () => {
    const page = await open();
    await chooseEngine(page, "llama.cpp");
    await runButton(page).click();
    await waitForStatus(page, "Done");
    expect(await textOf(page)).toBe(await storedText(await shownRun(page)));
    await shoot(page, "run-llama");
    await goTo(page, "History");
    await expect.poll(() => pastRuns(page).first().textContent()).toContain("llama.cpp");
    await expect.poll(() => pastRuns(page).first().textContent()).toContain("done");
    await expect.poll(() => pastRuns(page).nth(1).textContent()).toContain("Phonon");
  });

  it("of another program on the same target is told of where one would be started, while it goes on", async () => {
    const bundle = await newBundle("local", 8); // as another program leaves it
    const page = await open();
    const said = page.getByText("Another program or window of Phonon runs a model on this target now");
    await said.waitFor();
    expect(await violations(page)).toEqual([]);
    await goTo(page, "Compare");
    await said.waitFor();
    await finishBundle(bundle, 8);
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await said.waitFor({ state: "detached" });
  });

  it("in the past is replayed to the same view", async () => {
    const page = await open();
    await runButton(page).click();
    await waitForStatus(page, "Done");
    const [text, speed, run] = [await textOf(page), await headline(page), await shownRun(page)];
    await goTo(page, "History");
    await replay(page, pastRuns(page).nth(1));
    expect(await shownRun(page)).not.toBe(run);
    await goTo(page, "History");
    await replay(page, pastRun(page, run));
    await waitForStatus(page, "Done");
    await expect.poll(() => textOf(page)).toBe(text);
    expect(await headline(page)).toBe(speed);
  });

  it("begins with any of the examples", async () => {
    const page = await open();
    const examples = page.getByRole("group", { name: "Examples" });
    for (const { label, prompt } of PRESETS) {
      await examples.getByRole("button", { name: label, exact: true }).click();
      await expect.poll(() => field(page, "Prompt").inputValue()).toBe(prompt);
    }
  });

  it("is in its view again after another one was looked at", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Math" }).click();
    await runButton(page).click();
    await waitForStatus(page, "Done");
    const [run, text] = [await shownRun(page), await textOf(page)];
    expect(await page.locator(".output .prompt").textContent()).toMatch(/^Question: A train/);
    await goTo(page, "History");
    await replay(page, pastRuns(page).nth(1));
    await goTo(page, "Run");
    expect([await shownRun(page), await textOf(page)]).toEqual([run, text]);
    expect(await field(page, "Prompt").inputValue()).toMatch(/^Question: A train/);
  });

  it("takes every setting there is", async () => {
    const page = await open();
    await page.getByRole("button", { name: "More settings" }).click();
    const settings = {
      Threads: "1",
      Context: "512",
      Seed: "7",
      Temperature: "1.1",
      "Top-k": "20",
      "Forced tokens": "5",
    };
    for (const [label, value] of Object.entries(settings)) await field(page, label).fill(value);
    await field(page, "Tokens").fill("32");
    await page.getByText("6 changed").waitFor();
    const beyond = () => page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
    expect(await beyond()).toBeLessThanOrEqual(0); // the setup scrolls by itself
    await runButton(page).click();
    await waitForStatus(page, "Done");
    const { config, threads } = await storedConfig(await shownRun(page));
    expect(config).toMatchObject({ context: 512, seed: 7, forceTokens: 5, tokens: 32 });
    expect(config.sampler).toMatchObject({ temperature: 1.1, topK: 20, topP: 0.95 });
    expect(threads).toBe(1);
    await shoot(page, "run-settings");
  });

  it("shows markup in a prompt as text", async () => {
    const page = await open();
    const prompt = '<img src=x onerror="document.title=1"> & <b>bold</b> 🦊';
    await field(page, "Prompt").fill(prompt);
    await field(page, "Tokens").fill("8");
    await runButton(page).click();
    await waitForStatus(page, "Done");
    expect(await page.locator(".output .prompt").textContent()).toBe(prompt);
    expect(await page.locator(".output img, .output b").count()).toBe(0);
    expect(await page.title()).toBe("Run · Phonon");
  });

  it("of a model that is added by its path shows what the model is", async () => {
    const page = await open();
    await typeModel(page, `${desktop.home}/missing.gguf`);
    await page.locator(".add-model .problem").getByText("missing.gguf").waitFor();
    await page.getByLabel("Path of a GGUF file").fill(slow);
    await page.getByLabel("Path of a GGUF file").press("Enter");
    await page.getByText("context 4,096").waitFor();
    await page.locator(".add-model").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "More settings" }).click();
    await field(page, "Context").fill("16000000");
    await page.getByText(/^Too large: needs about .* What fits: A context of /).waitFor();
    await shoot(page, "model-too-large");
  });
});

describe("ui: a long run", () => {
  it("shows its text and its speed while it goes on, and is cancelled by a click", async () => {
    const page = await openLongRun();
    expect(await status(page).textContent()).toBe("Decoding");
    expect(await headline(page)).toBeGreaterThan(1);
    await shoot(page, "run-live");
    await cancelButton(page).click();
    await waitForStatus(page, "Cancelled", 15_000);
    expect(await textOf(page)).toBe(await storedText(await shownRun(page)));
    await ready(page);
  });

  it("whose agent is killed says so, with what to do, and keeps what came", async () => {
    const page = await openLongRun();
    await killAgents();
    await waitForStatus(page, "Agent lost", 90_000);
    await page.getByRole("alert").getByText("The agent has ended").waitFor();
    expect((await textOf(page)).length).toBeGreaterThan(200);
    expect(await textOf(page)).toBe(await storedText(await shownRun(page)));
    await shoot(page, "agent-lost");
    await ready(page);
  });

  it("redraws its chart at most four times a second", async () => {
    const page = await openLongRun();
    await page.locator("#chart-speed .chart-marks path").first().waitFor();
    const redraws = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let count = 0;
          const chart = document.querySelector("#chart-speed .chart-marks");
          let last = -Infinity;
          const observer = new MutationObserver(() => {
            const now = performance.now();
            if (now - last > 100) count++; // one redraw changes the page in a few steps
            last = now;
          });
          if (chart) observer.observe(chart, { subtree: true, childList: true, attributes: true });
          setTimeout(() => resolve(count), 3000);
        }),
    );
    expect(redraws).toBeGreaterThan(0);
    expect(redraws).toBeLessThanOrEqual(13); // 12, and one that was under way
    await cancel(page);
  });

  it("goes on through a reload of the page, which catches up with nothing missing and nothing twice", async () => {
    const page = await openLongRun();
    const before = await textOf(page);
    await page.reload();
    await waitForText(page, before.length + 200);
    expect((await textOf(page)).startsWith(before)).toBe(true);
    expect(await field(page, "Tokens").inputValue()).toBe(LONG_TOKENS);
    await cancel(page);
    expect(await textOf(page)).toBe(await storedText(await shownRun(page)));
  });

  it("is followed by a second tab, which is told why it cannot start another", async () => {
    const page = await openLongRun();
    const second = await desktop.open();
    await ready(second.page);
    await runButton(second.page).click();
    await second.page.getByRole("alert").waitFor();
    expect(await second.page.getByRole("alert").textContent()).toContain("A run is going on on local");
    await goTo(second.page, "History");
    await replay(second.page, pastRuns(second.page).first());
    await waitForText(second.page, 200);
    await cancelButton(second.page).click();
    await waitForStatus(second.page, "Cancelled", 15_000);
    await waitForStatus(page, "Cancelled", 15_000);
    expect(await textOf(second.page)).toBe(await textOf(page));
    expect(second.complaints).toEqual([]);
    await second.page.context().close();
  });
});
