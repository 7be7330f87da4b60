/** The history as a person uses it: found, sorted, opened, exported, deleted; with few runs and with thousands. */
import { access, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright";
import { shoot, type Tab } from "./browser.js";
import { median } from "./charts-page.js";
import { startDesktop, type Desktop } from "./desktop.js";
import { goalAtMost } from "./goals.js";
import { makeManyRuns, manyRunId, OTHER_MODEL, PHONE } from "./many-runs.js";
import {
  decodeOf,
  exportAs,
  filterRuns,
  foundRuns,
  goTo,
  headline,
  pastRun,
  pastRuns,
  ready,
  replay,
  shownRun,
  sortRuns,
  textOf,
  waitForStatus,
} from "./page.js";
import { threadClock } from "./tasks.js";
import { tabTo } from "./use-desktop.js";

const RUNS = 1000;
const PAGE_ROWS = 50;

let desktop: Desktop;
let tab: Tab | undefined;

beforeAll(async () => {
  desktop = await startDesktop();
  await makeManyRuns(desktop.home, RUNS);
});

afterAll(() => desktop.close());

afterEach(async () => {
  expect(tab?.complaints ?? []).toEqual([]);
  await tab?.page.context().close();
  tab = undefined;
});

async function open(): Promise<Page> {
  tab = await desktop.open();
  const { page } = tab;
  await ready(page);
  await goTo(page, "History");
  await pastRuns(page).first().waitFor();
  return page;
}

/** How many pixels of the table's columns do not fit beside the others. */
const beyond = (page: Page) =>
  page.locator(".history .table-area").evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);

const isKept = (runId: string) =>
  access(join(desktop.home, "runs", runId)).then(
    () => true,
    () => false,
  );

it("history: newest first, and sorted by any column in either direction", async () => {
  const page = await open();
  await foundRuns(page, "1,000 runs");
  await expect.poll(() => pastRuns(page).count()).toBe(PAGE_ROWS);
  expect(await beyond(page)).toBe(0);
  await sortRuns(page, "Decode");
  await expect.poll(() => decodeOf(page, 0)).toBe("999");
  await sortRuns(page, "Decode");
  await expect.poll(() => decodeOf(page, 0)).toBe("1.00");
  await shoot(page, "history");
});

it("history: page after page", async () => {
  const page = await open();
  await sortRuns(page, "Decode");
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => decodeOf(page, 0)).toBe(String(999 - PAGE_ROWS));
  await page.getByText("51 to 100 of 1,000").waitFor();
  await page.getByRole("button", { name: "Previous" }).click();
  await expect.poll(() => decodeOf(page, 0)).toBe("999");
});

it("history: found by engine, status and words, in any combination", async () => {
  const page = await open();
  await filterRuns(page, "Engine", "llama.cpp");
  await foundRuns(page, "249 runs found");
  await filterRuns(page, "Status", "failed");
  await foundRuns(page, "49 runs found");
  await page.getByRole("searchbox").fill(manyRunId(19));
  await foundRuns(page, "1 run found");
  expect(await decodeOf(page, 0)).toBe("20.0");
  await page.getByRole("searchbox").press("Escape");
  await foundRuns(page, "49 runs found");
  await page.getByRole("button", { name: "Show all" }).click();
  await foundRuns(page, "1,000 runs");
});

it("history: found by target and model, with the mouse and with the keyboard alone", async () => {
  const page = await open();
  await filterRuns(page, "Target", PHONE);
  await foundRuns(page, "199 runs found");
  await filterRuns(page, "Model", basename(OTHER_MODEL));
  await foundRuns(page, "33 runs found");
  for (const cell of [PHONE, basename(OTHER_MODEL)]) {
    await expect.poll(() => pastRuns(page).getByRole("gridcell", { name: cell, exact: true }).count()).toBe(33);
  }
  await tabTo(page, /^Show all$/);
  await page.keyboard.press("Enter");
  await foundRuns(page, "1,000 runs");

  for (const [all, beginning] of [
    [/^Target$/, "adb"],
    [/^Model$/, "other"],
  ] as const) {
    await tabTo(page, all);
    await page.keyboard.press("Enter");
    await page.getByRole("listbox").waitFor();
    await page.keyboard.type(beginning);
    await page.keyboard.press("Enter");
    await page.getByRole("listbox").waitFor({ state: "detached" });
  }
  await foundRuns(page, "33 runs found");
});

it("history: words that nothing has find nothing, and say so", async () => {
  const page = await open();
  await page.getByRole("searchbox").fill("<img src=x> '; drop table runs");
  await foundRuns(page, "0 runs found");
  await page.getByText("No run is kept that fits.").waitFor();
});

it("history: a run is opened again in the view of a live one, by its address also after a reload", async () => {
  const page = await open();
  await page.getByRole("searchbox").fill(manyRunId(7));
  await foundRuns(page, "1 run found");
  await replay(page, pastRun(page, manyRunId(7)));
  await waitForStatus(page, "Done");
  expect([await shownRun(page), await textOf(page), await headline(page)]).toEqual([manyRunId(7), "Once more", 8]);
  await page.reload();
  await waitForStatus(page, "Done");
  expect([await shownRun(page), await textOf(page)]).toEqual([manyRunId(7), "Once more"]);
  await page.goBack();
  await foundRuns(page, "1,000 runs");
});

it("history: a run that is not there is said to be missing", async () => {
  const page = await open();
  await page.goto(`${new URL(page.url()).origin}/#/history/20200101-000000-000000`);
  await page.getByRole("alert").getByText("There is no run 20200101-000000-000000").waitFor();
});

it("history: an export says where its file is", async () => {
  const page = await open();
  await pastRuns(page).first().getByRole("checkbox").check();
  await page.getByRole("button", { name: "Export" }).click();
  await shoot(page, "history-export");
  await page.keyboard.press("Escape");
  const path = await exportAs(page, "csv");
  const [head, ...rows] = (await readFile(path, "utf8")).trim().split("\n");
  expect([head?.includes("index"), rows.length]).toEqual([true, 2]);
});

it("history: several runs are deleted at once, after a question that can be answered no", async () => {
  const page = await open();
  await sortRuns(page, "Decode");
  await expect.poll(() => decodeOf(page, 0)).toBe("999");
  for (const row of [0, 2]) await pastRuns(page).nth(row).getByRole("checkbox").check();
  await page.getByText("2 chosen").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await shoot(page, "history-delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Keep" }).click();
  expect(await isKept(manyRunId(998))).toBe(true);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await foundRuns(page, "998 runs");
  expect(await Promise.all([998, 997, 996].map((index) => isKept(manyRunId(index))))).toEqual([false, true, false]);
  await expect.poll(() => decodeOf(page, 0)).toBe("998");
});

it("history: with a thousand runs a view is switched to within 100 ms", async () => {
  const page = await open();
  await goTo(page, "Run");
  const processorMs = await threadClock(page);
  const switches: { figures: number; whole: number; processor: number }[] = [];
  for (let i = 0; i < 10; i++) {
    const before = await processorMs();
    const [view, figures, last] =
      i % 2 === 0 ? ["history", "tr[data-key]", ".filters .select"] : ["run", ".readout", ".run-controls"];
    const times = await switchTimes(page, view, [figures, last]);
    switches.push({ figures: times[0]!, whole: times[1]!, processor: (await processorMs()) - before });
  }
  const inWords = switches.map((times) => Object.values(times).map(Math.round).join("/")).join(", ");
  console.log(`view switches, until the figures/all was painted, and the page's processor: ${inWords} ms`);
  // Beside a build even the processor's time for all is up to three times the goal for the figures.
  expect(median(switches.map(({ processor }) => processor))).toBeLessThan(300);
  goalAtMost("view switch, until figures are painted", median(switches.map(({ figures }) => figures)), 100, "ms");
});

/** Until each of these has been painted, in milliseconds. */
function switchTimes(page: Page, view: string, selectors: string[]): Promise<number[]> {
  return page.evaluate(
    ([name, wanted]) => {
      const begun = performance.now();
      location.hash = `#/${name}`;
      const painted = (selector: string) =>
        new Promise<number>((resolve) => {
          const look = () => {
            if (document.querySelector(selector) === null) requestAnimationFrame(look);
            else requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
          };
          requestAnimationFrame(look);
        });
      return Promise.all(wanted.map(painted));
    },
    [view, selectors] as const,
  );
}
