/** Ladders and curves in the window, with real agents on this computer and the story model. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BrowserContextOptions, Page } from "playwright";
import type { Ablation, Sweep } from "../../electron/store/index.js";
import { listStudies } from "../../electron/store/index.js";
import { violations } from "./axe.js";
import { shoot } from "./browser.js";
import { LONG_TOKENS } from "./desktop.js";
import {
  cancelButton,
  chooseStudy,
  enforceNothing,
  fill,
  goTo,
  shownRun,
  startRunOf,
  startStudy,
  startStudyButton,
  waitForStatus,
} from "./page.js";
import { overflowOf, tabTo, useDesktop } from "./use-desktop.js";

const desktop = useDesktop();
const stop = (page: Page) => page.getByRole("button", { name: "Cancel the study" });
const step = (page: Page) => page.locator(".work-step strong");
const slots = (page: Page, state: string) => page.locator(`.slot.${state}`);
const rows = (page: Page, table: string) => page.getByRole("region", { name: table }).locator("tbody tr");
const listed = (page: Page) => page.getByRole("grid", { name: "Studies" }).locator("tbody").getByRole("row");
const bar = (page: Page, engine: string) => page.locator(`#chart-ladder .chart-mark[data-series="${engine}"]`);

async function open(kind: "Ladder" | "Curve", options?: BrowserContextOptions): Promise<Page> {
  const page = await desktop.open("studies", options);
  await startStudyButton(page).or(stop(page)).waitFor();
  if (await stop(page).isVisible()) await stop(page).click(); // left by a test that failed
  await startStudyButton(page).and(page.locator(":enabled")).waitFor();
  await chooseStudy(page, kind);
  await enforceNothing(page);
  return page;
}

async function whenDone(page: Page): Promise<void> {
  await step(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
  await startStudyButton(page).waitFor();
}

async function newest<Kind>(): Promise<Kind> {
  const [first] = await listStudies();
  return first!.study as Kind;
}

describe.each(["light", "dark"] as const)("ui: studies, %s", (colorScheme) => {
  it("climbs the ladder: bars, ratios with verdicts, and each run in the history", async () => {
    const page = await open("Ladder", { colorScheme });
    if (colorScheme === "light") await shoot(page, "studies-first-use");
    await fill(page, { "Budget, MiB": "100", Rounds: "2", Tokens: "24" });
    await startStudy(page);
    await page.getByRole("img", { name: "a study goes on" }).waitFor();
    await bar(page, "llama.cpp").first().waitFor(); // figures fill in while it goes on
    expect(await slots(page, "done").count()).toBeLessThan(12);
    await whenDone(page);
    expect(await slots(page, "done").count()).toBe(12);
    expect(await page.locator(".live-dot").count()).toBe(0);

    const study = await newest<Ablation>();
    expect(study).toMatchObject({ kind: "ablation", rounds: 2, tokens: 24, memory_bytes: 100 * 2 ** 20 });
    const shown = await rows(page, "Rungs").allTextContents();
    expect(shown).toHaveLength(6);
    expect(shown[0]).toMatch(/^llama\.cpp[\d,.]+/);
    for (const at of [1, 2, 3, 4, 5]) expect(shown[at]).toMatch(/[\d.]+×.*not distinguishable.* %.*2 runs$/);
    expect(await page.getByTestId("headline").textContent()).toMatch(/^[\d.,]+×Every stage over llama\.cpp/);
    expect(await page.locator(".warning").allTextContents()).toContainEqual(expect.stringContaining("2 rounds"));
    expect(await bar(page, "phonon").count()).toBe(10); // five bars, each with the spread of its rounds
    expect(await page.locator("#chart-ladder .chart-label").count()).toBe(6);

    // The keyboard goes from rung to rung, and the cursor says what each one came to.
    const input = page.locator("#chart-ladder .plot-input");
    await input.focus();
    await page.keyboard.press("Home");
    const tip = page.getByTestId("tip");
    expect(await tip.textContent()).toMatch(/^llama\.cppdecode[\d.,]+ tok\/s \[.*waiting for flash–$/);
    for (let press = 0; press < 3; press++) await page.keyboard.press("ArrowRight");
    expect(await tip.textContent()).toMatch(/^\+cachedecode.*over the rung before[\d.]+× \[.*hits[\d.]+ %/);
    const legend = page.locator("#chart-ladder .chart-legend").getByRole("button", { name: "llama.cpp" });
    await legend.click();
    await expect.poll(() => bar(page, "llama.cpp").count()).toBe(0);
    await legend.click();
    await expect.poll(() => bar(page, "llama.cpp").count()).toBe(2);

    expect(await violations(page)).toEqual([]);
    await page.mouse.move(0, 0);
    await shoot(page, `study-ladder-${colorScheme}`);
    await page.getByRole("button", { name: "2 runs of +cache" }).click();
    await page.getByRole("menuitem", { name: "Round 2" }).click();
    await waitForStatus(page, "Done");
    expect(await shownRun(page)).toBe(study.rungs[3]!.run_ids[1]);
  });

  it("draws the curve over memory, says why a budget was too small, and goes on without it", async () => {
    const page = await open("Curve", { colorScheme });
    await fill(page, { "From, MiB": "32", "To, MiB": "168", Steps: "3", Rounds: "1", Tokens: "400" }); // seen while it runs
    await startStudy(page);
    await whenDone(page);
    const study = await newest<Sweep>();
    expect(study.points.map(({ engine, memory_bytes }) => `${engine} ${memory_bytes / 2 ** 20}`)).toEqual([
      ...["phonon 32", "llama.cpp 32", "phonon 100", "llama.cpp 100", "phonon 168", "llama.cpp 168"],
    ]);
    expect(study.points[0]!.failure).toMatchObject({ code: "budget_too_small" });
    expect(await slots(page, "out").count()).toBe(1);
    await rows(page, "Budgets").getByText("the smallest that works here is").waitFor();
    expect(await rows(page, "Budgets").count()).toBe(7);
    for (const id of ["speed", "hits", "stall", "read", "peak"]) {
      await page.locator(`#chart-curve-${id} .chart-marks [data-look="fill"]`).first().waitFor();
    }
    expect(await page.getByTestId("headline").textContent()).toMatch(/tok\/sFastest decode.* in \d+(\.\d)? MiB$/);

    // One cursor through all charts; each says its own figures with units.
    await page.locator("#chart-curve-speed .plot-input").focus();
    await page.keyboard.press("Home");
    expect(await page.getByTestId("tip").textContent()).toMatch(/^In 32 MiBPhononleft out \(budget_too_small\)/);
    await page.keyboard.press("ArrowRight");
    expect(await page.getByTestId("tip").textContent()).toMatch(
      /^In 100 MiBPhonon[\d.,]+ tok\/s \[.*llama\.cpp[\d.,]+ tok/,
    );
    expect(await page.locator("#chart-curve-hits .chart-value").first().textContent()).toMatch(/^[\d.]+ %$/);
    await page.keyboard.press("End");
    expect(await page.getByTestId("tip").textContent()).toMatch(/^In 168 MiB/);

    expect(await violations(page)).toEqual([]);
    await page.mouse.move(0, 0);
    await shoot(page, `study-curve-${colorScheme}`);
  });
});

describe("ui: studies that are kept", () => {
  it("are listed, opened by their address, exported, copied as data, and deleted, without their runs", async () => {
    const page = await open("Curve");
    await fill(page, { "From, MiB": "100", "To, MiB": "120", Steps: "2", Rounds: "1", Tokens: "8" });
    await page.getByRole("group", { name: "Engines beside Phonon" }).getByText("llama.cpp").click(); // Phonon alone
    await startStudy(page);
    await whenDone(page);
    const study = await newest<Sweep>();
    expect(study.points.map(({ engine }) => engine)).toEqual(["phonon", "phonon"]);
    await writeFile(join(desktop.home, "studies", "sweep-damaged.json"), "{");

    await page.reload();
    await page.locator(`[data-study="${study.id}"]`).waitFor();
    await page.getByText("sweep-damaged.json holds no study that can be read").waitFor();
    await page.getByRole("button", { name: "Delete sweep-damaged" }).click();
    await page.getByText("sweep-damaged.json").waitFor({ state: "detached" });
    const before = await listed(page).count();

    await page.getByRole("button", { name: "Export CSV" }).click();
    const path = (await page.locator(".study-actions code").textContent())!;
    const csv = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(csv).toHaveLength(3);
    expect(csv[1]).toContain(`${study.id},"phonon, 100 MiB",phonon`);
    await page.evaluate(() => {
      navigator.clipboard.writeText = (text) => Promise.resolve(void Object.assign(window, { copied: text }));
      navigator.clipboard.write = async ([item]) => {
        const picture = await createImageBitmap(await item!.getType("image/png"));
        Object.assign(window, { picture: [picture.width, picture.height] });
      };
    });
    await page.getByRole("button", { name: "Hit rate: copy" }).click();
    await page.getByRole("menuitem", { name: "Copy as data" }).click();
    await page.locator("#chart-curve-hits").getByText("Copied", { exact: true }).waitFor();
    const copied = await page.evaluate(() => (window as unknown as { copied: string }).copied);
    expect(copied.split("\n")[0]).toMatch(/^engine\tbudget_mib\tdecode_tps\t/);
    expect(copied.split("\n")[1]).toMatch(/^phonon\t100\t[\d.]+\t/);
    await page.getByRole("button", { name: "Decode speed: copy" }).click();
    await page.getByRole("menuitem", { name: "Copy as image" }).click();
    await page.locator("#chart-curve-speed").getByText("Copied", { exact: true }).waitFor();
    const [width] = await page.evaluate(() => (window as unknown as { picture: number[] }).picture);
    expect(width).toBeGreaterThan(1000);

    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await page.locator(`[data-study="${study.id}"]`).waitFor({ state: "detached" });
    await expect.poll(() => listStudies().then((all) => all.some(({ id }) => id === study.id))).toBe(false);
    if (before > 1) await expect.poll(() => listed(page).count()).toBe(before - 1);
    await page.goto(`${page.url().split("#")[0]}#/history/${study.points[0]!.run_ids[0]}`);
    await waitForStatus(page, "Done");
  });

  it("one that is not there says so", async () => {
    const page = await desktop.open("studies/sweep-20200101-000000-000000");
    await page.getByRole("alert").getByText("there is no sweep-20200101").waitFor();
  });
});

describe("ui: a study under way", () => {
  it("goes on through a reload, is seen by another window, keeps others away, and is cancelled from there", async () => {
    const page = await open("Curve");
    await fill(page, { "From, MiB": "100", "To, MiB": "120", Steps: "2", Rounds: "25", Tokens: "24" });
    await startStudyButton(page).click();
    await slots(page, "done").nth(1).waitFor();
    await page.locator(".work-step").getByText(/left$/).waitFor();
    const done = await slots(page, "done").count();
    await page.reload();
    await slots(page, "done").nth(done).waitFor();
    expect(await rows(page, "Budgets").count()).toBe(4);
    const second = await desktop.open("studies");
    await slots(second, "done").nth(done).waitFor();
    await shoot(second, "study-live");
    await goTo(page, "Compare");
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    await page.getByRole("alert").getByText("A study is going on on local").waitFor();
    await goTo(page, "Studies");
    await stop(second).click();
    for (const each of [page, second]) await step(each).getByText("Cancelled", { exact: true }).waitFor();
    expect(await page.getByText("The runs that had ended are kept").isVisible()).toBe(true);
    expect(await rows(page, "Budgets").count()).toBe(4); // what was measured stays in sight
    await startStudyButton(page).and(page.locator(":enabled")).waitFor();
  });

  it("is refused while a run goes on on the target, and says so", async () => {
    const page = await desktop.open("run");
    await startRunOf(page, await desktop.slowModel(), LONG_TOKENS);
    try {
      await goTo(page, "Studies");
      await startStudyButton(page).click();
      await page.getByRole("alert").getByText("A run is going on on local").waitFor();
    } finally {
      await goTo(page, "Run");
      await cancelButton(page).click();
    }
    await cancelButton(page).waitFor({ state: "detached" });
  });
});

it("ui: a study is set up and started with the keyboard alone, in a narrow dark window", async () => {
  const page = await open("Ladder", { viewport: { width: 400, height: 900 }, colorScheme: "dark" });
  await fill(page, { Rounds: "0" });
  await page.getByText("A whole number from 1 to 1,000.").waitFor();
  expect(await startStudyButton(page).isDisabled()).toBe(true);
  await page.getByLabel("Rounds", { exact: true }).focus();
  await page.keyboard.press("ArrowUp");
  await fill(page, { "Budget, MiB": "100", Tokens: "8" });
  await tabTo(page, /^Climb the ladder$/);
  await page.keyboard.press("Enter");
  await whenDone(page);
  expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  await shoot(page, "study-narrow");
});
