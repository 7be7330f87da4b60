/** The charts of a kept run of ten thousand tokens, in the real program. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type Axe from "axe-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Locator, Page } from "playwright";
import type { AgentEvent } from "../../electron/agent/messages.js";
import { shoot, type Tab } from "./browser.js";
import { storeRun } from "./charts-bundle.js";
import { startDesktop, type Desktop } from "./desktop.js";
import { goalAtMost, TASK_MS } from "./goals.js";
import { ready } from "./page.js";
import { traceTasks, type Task } from "./tasks.js";

const TOKENS = 10_000;
const CHARTS = ["speed", "parts", "active", "cores", "memory", "storage", "temperature", "power"];

let desktop: Desktop;
let tab: Tab;
let page: Page;
let events: AgentEvent[];
let tasks: Task[]; // while the run was opened

const plot = (chart: string) => page.locator(`#chart-${chart} .plot-input`);
const ticks = async (chart: string) =>
  (await page.locator(`#chart-${chart} .chart-tick[data-axis="x"]`).allTextContents()).join(" ");
const marks = (chart: string, series: string) => page.locator(`#chart-${chart} .chart-marks [data-series="${series}"]`);

beforeAll(async () => {
  desktop = await startDesktop();
  const run = await storeRun(TOKENS);
  events = run.events;
  tab = await desktop.open({ viewport: { width: 1280, height: 2400 } }, desktop.shell.url);
  page = tab.page;
  await ready(page);
  const traced = await traceTasks(page);
  await page.evaluate((runId) => (location.hash = `#/history/${runId}`), run.runId);
  // Looked for by hand: playwright's own search through the page takes tasks of 50 ms.
  const isDrawn = () =>
    [...document.querySelectorAll("#chart-power .chart-tick")].some((t) => t.textContent === "8,000");
  await page.waitForFunction(isDrawn, undefined, { polling: 250, timeout: 100_000 });
  tasks = await traced();
});

afterAll(async () => {
  expect(tab.complaints).toEqual([]);
  await desktop.close();
});

beforeEach(async () => {
  await plot("speed").focus();
  await page.keyboard.press("0");
  await page.keyboard.press("Escape");
  await page.mouse.move(0, 0);
});

/** Moves the mouse to a share of a plot's width. */
async function point(to: Locator, share: number): Promise<void> {
  const box = (await to.boundingBox())!;
  await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
}

it("charts: a run of ten thousand tokens is opened without holding the page up", () => {
  const longest = (of: keyof Task) =>
    tasks
      .map((task) => Math.round(task[of]))
      .sort((a, b) => b - a)
      .slice(0, 8);
  console.log(`opening 10,000 tokens, longest tasks, computed: ${longest("processor").join(", ")} ms`);
  console.log(`and on the clock, beside whatever else this computer did: ${longest("wall").join(", ")} ms`);
  // Beside a build even what a task computes takes up to twice as long as the goal.
  expect(longest("processor")[0]).toBeGreaterThan(1); // they were seen
  expect(longest("processor")[0]).toBeLessThan(200);
  goalAtMost("longest task, computed", longest("processor")[0]!, TASK_MS, "ms");
});

it("charts: all are there, each with a name and in words", async () => {
  for (const chart of CHARTS) {
    const figure = page.locator(`#chart-${chart}`);
    expect(await figure.getAttribute("aria-labelledby")).toBeTruthy();
    expect((await figure.locator(".chart-summary").textContent())?.length, chart).toBeGreaterThan(10);
  }
  for (const chart of CHARTS.filter((name) => name !== "active")) {
    expect(await page.locator(`#chart-${chart} .chart-marks path`).count(), chart).toBeGreaterThan(0);
  }
  expect(await page.locator("#chart-parts .chart-summary").textContent()).toMatch(/slowest token 50\d ms/);
  await shoot(page, "charts-light", false);
});

it("charts: hovering shows figures with units, and one cursor in all charts", async () => {
  await point(plot("memory"), 0.5);
  const tip = page.getByTestId("tip");
  expect(await tip.count()).toBe(1);
  expect(await tip.textContent()).toMatch(
    /^Token 5,0\d\d · \d+\.\d+ sresident\d\.\d\d GiBanonymous\d\.\d\d GiBmapped files858 MiB$/,
  );
  expect(await page.locator(".cursor-line").count()).toBe(CHARTS.length);
  await page.mouse.move(0, 0);
  expect(await tip.count()).toBe(0);
});

it("charts: a click pins a token, and its exact parts are shown", async () => {
  await point(plot("parts"), 0.4321);
  await page.mouse.down();
  await page.mouse.up();
  const pinned = page.getByTestId("pinned");
  const index = Number(/Token ([\d,]+)/.exec((await pinned.textContent())!)![1]!.replace(",", ""));
  const event = events.find((each) => each.kind === "token" && each.index === index);
  if (event?.kind !== "token") throw new Error(`no token ${index}`);
  const shown = (await pinned.textContent())!;
  for (const [part, ms] of Object.entries(event.parts)) {
    expect(shown).toContain(`${part === "ffn" ? "FFN" : part} ${ms.toFixed(3)} ms`);
  }
  await expect.poll(() => page.locator(".pin-line").count()).toBe(CHARTS.length);
  await page.getByRole("button", { name: "Unpin" }).click();
  await expect.poll(() => page.locator(".pin-line").count()).toBe(0);
});

it("charts: dragging over one zooms all of them, and the keyboard does all of it too", async () => {
  const whole = await ticks("speed");
  await point(plot("storage"), 0.4);
  await page.mouse.down();
  await point(plot("storage"), 0.45);
  await page.mouse.up();
  await expect.poll(() => ticks("speed")).not.toBe(whole);
  for (const chart of CHARTS) await expect.poll(() => ticks(chart)).toContain("4,200");

  await plot("cores").focus();
  await page.keyboard.press("0");
  await expect.poll(() => ticks("power")).toContain("8,000");
  await page.keyboard.press("End");
  for (let nearer = 0; nearer < 8; nearer++) await page.keyboard.press("+");
  await expect.poll(() => ticks("parts")).toContain("9,9");
  await page.keyboard.press("Enter");
  expect(await page.getByTestId("pinned").textContent()).toContain("Token 9,999");
  await page.keyboard.press("ArrowLeft");
  expect(await plot("cores").getAttribute("aria-valuetext")).toMatch(/^Token 9,998 · .* s, load \d+ % mean/);
  await page.keyboard.press("-");
  await page.keyboard.press("0");
  await expect.poll(() => ticks("power")).toContain("8,000");
});

it("charts: Control and the wheel zoom around the pointer; by time, the same stretch stays in view", async () => {
  await point(plot("speed"), 0.5);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -1200);
  await page.keyboard.up("Control");
  await expect.poll(() => ticks("memory")).toContain("5,000");
  await page.getByRole("button", { name: "by time" }).click();
  await expect.poll(() => ticks("memory")).toMatch(/^6\d(\.\d+)? s .* s$/);
  await page.getByRole("button", { name: "by token" }).click();
  await expect.poll(() => ticks("memory")).toContain("5,000");
  await page.getByRole("button", { name: "Whole run" }).click();
  await expect.poll(() => ticks("memory")).toContain("8,000");
});

it("charts: a series is hidden and shown by its legend, and the axis follows", async () => {
  const legend = page.locator("#chart-parts .chart-legend");
  const attention = legend.getByRole("button", { name: "attention" });
  expect(await attention.getAttribute("aria-pressed")).toBe("true");
  await attention.click();
  expect(await attention.getAttribute("aria-pressed")).toBe("false");
  await expect.poll(() => marks("parts", "attention").count()).toBe(0);
  expect(await marks("parts", "ffn").count()).toBe(1);
  await attention.press("Enter");
  await expect.poll(() => marks("parts", "attention").count()).toBe(1);
  const heat = page.locator("#chart-active .chart-legend").getByRole("button");
  await heat.click();
  expect(await page.locator("#chart-active canvas").count()).toBe(0);
  await heat.click();
  expect(await page.locator("#chart-active canvas").count()).toBe(1);
});

async function copy(chart: string, action: string): Promise<void> {
  await page
    .locator(`#chart-${chart}`)
    .getByRole("button", { name: /: copy$/ })
    .click();
  await page.getByRole("menuitem", { name: action }).click();
}

interface Pasted {
  text: string;
  picture: { width: number; height: number; colours: number } | null;
}

/** What the browser's clipboard holds, as another page gets it: this program's own may write there, and never read. */
async function paste(): Promise<Pasted> {
  const other = await page.context().newPage();
  await other.setContent("<textarea></textarea>");
  const pasted = other.evaluate(
    () =>
      new Promise<Pasted>((resolve, reject) => {
        const read = async ({ clipboardData }: ClipboardEvent): Promise<Pasted> => {
          const text = clipboardData!.getData("text/plain");
          const [file] = clipboardData!.files;
          if (file === undefined) return { text, picture: null };
          const bitmap = await createImageBitmap(file);
          const { width, height } = bitmap;
          const context = new OffscreenCanvas(width, height).getContext("2d")!;
          context.drawImage(bitmap, 0, 0);
          const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
          return { text, picture: { width, height, colours: new Set(pixels).size } };
        };
        document.addEventListener("paste", (event) => void read(event).then(resolve, reject));
      }),
  );
  await other.locator("textarea").focus();
  await other.keyboard.press("Control+v");
  const found = await pasted;
  await other.close();
  await page.bringToFront();
  return found;
}

it("charts: what is in view is copied as data", async () => {
  await copy("parts", "Copy as data");
  await page.locator("#chart-parts .chart-said").getByText("Copied").waitFor();
  const copied = (await paste()).text;
  const lines = copied.trimEnd().split("\n");
  expect(lines[0]).toBe("token\tms\tattention\tFFN\tsampling\tother\twhole, slowest");
  expect(lines).toHaveLength(TOKENS + 1);
  const [token, , , , , , whole] = lines[4322]!.split("\t").map(Number);
  expect([token, Math.floor(whole! / 10)]).toEqual([4321, 50]);
});

it("charts: a chart is copied as an image, heat map and all", async () => {
  for (const chart of ["speed", "active"]) {
    await copy(chart, "Copy as image");
    await page.locator(`#chart-${chart} .chart-said`).getByText("Copied").waitFor();
    const { picture } = await paste();
    expect(picture!.width, chart).toBeGreaterThan(1600);
    expect(picture!.height, chart).toBeGreaterThan(300);
    expect(picture!.colours, chart).toBeGreaterThan(30);
  }
});

it("charts: nothing is wrong for assistive technology", async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe: tool } = window as unknown as { axe: typeof Axe };
    const { violations } = await tool.run(".charts");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  });
  expect(found).toEqual([]);
});
