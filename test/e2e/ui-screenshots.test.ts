/** A picture of every view, light and dark. With PHONON_SCREENSHOTS=1 they replace those that the README shows. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright";
import { runModelTool } from "../../electron/models/index.js";
import { FakeAdb } from "../unit/targets/fake-adb.js";
import { violations } from "./axe.js";
import { SCREENSHOTS, shoot } from "./browser.js";
import { describePhone } from "./fake-phone.js";
import { sparseModel } from "./desktop.js";
import {
  chooseEngine,
  chooseStudy,
  enforceNothing,
  field,
  fill,
  goTo,
  pastRuns,
  ready,
  replay,
  runButton,
  startStudy,
  waitForStatus,
} from "./page.js";
import { useDesktop } from "./use-desktop.js";

const IS_KEPT = Boolean(process.env["PHONON_SCREENSHOTS"]);
const KEPT = join(import.meta.dirname, "screenshots");

/** Before the desktop starts, for it looks for phones from its first moment on. */
let adb: FakeAdb;
const port = process.env["ANDROID_ADB_SERVER_PORT"];
beforeAll(async () => {
  adb = await FakeAdb.start();
  describePhone(adb, "A phone of the tests", 81);
  adb.setDevice("PHONE1", "device");
});
afterAll(async () => {
  await adb.stop();
  if (port !== undefined) process.env["ANDROID_ADB_SERVER_PORT"] = port;
});

const desktop = useDesktop();

/** Of a view as axe finds nothing wrong with it. */
async function picture(page: Page, name: string, isShownInReadme = true): Promise<void> {
  await page.waitForTimeout(600); // what is drawn with delay is drawn
  await shoot(page, name, false);
  if (IS_KEPT && isShownInReadme) await copyFile(join(SCREENSHOTS, `${name}.png`), join(KEPT, `${name}.png`));
  expect(await violations(page), name).toEqual([]);
}

async function runOf(page: Page, engine: string, tokens: string): Promise<void> {
  await chooseEngine(page, engine);
  await field(page, "Tokens").fill(tokens);
  const shown = () => page.locator("section.run").getAttribute("data-run");
  const before = await shown();
  await runButton(page).click();
  await expect.poll(shown).not.toBe(before); // which may be done
  await waitForStatus(page, "Done");
  await ready(page);
}

/** Files of random weights, for a list that is one. */
async function addModels(page: Page): Promise<void> {
  const shapes = { "small-llama-q4_0": "512 1536 Q4_0", "wide-llama-q8_0": "1024 3072 Q8_0" };
  for (const [name, shape] of Object.entries(shapes)) {
    const path = join(desktop.home, `${name}.gguf`);
    const [embedding, ffn, quant] = shape.split(" ") as [string, string, string];
    const heads = ["--heads", "8", "--kv-heads", "4", "--head-dim", "64", "--vocabulary", "4096"];
    const size = ["--layers", "8", "--embedding", embedding, "--ffn", ffn, "--context", "4096", ...heads];
    await runModelTool([
      "synth",
      "--architecture",
      "llama",
      ...size,
      "--quant",
      quant,
      "--seed",
      "1",
      "--out",
      path,
      "--force",
    ]);
    await page.getByLabel("Add a GGUF file by its path").fill(path);
    await page.keyboard.press("Enter");
    await page.locator(".model-detail").getByText(path).waitFor();
  }
}

async function compare(page: Page): Promise<void> {
  await page.getByLabel("Rounds", { exact: true }).fill(IS_KEPT ? "8" : "2");
  await page.getByLabel("Tokens", { exact: true }).fill(IS_KEPT ? "64" : "8");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.locator(".slot.now").waitFor(); // an earlier one may be done
  await page.locator(".work-step strong").getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
  await page.locator(".round-curves .chart-marks path").first().waitFor();
}

/** Of a model larger than its budget, so that every stage has something to gain. Returns the study's name. */
async function study(page: Page, kind: "Ladder" | "Curve", budgets: Record<string, string>): Promise<string> {
  await chooseStudy(page, kind);
  const work = { Rounds: kind === "Ladder" ? "6" : "2", Tokens: "64", Seconds: "2" };
  await fill(page, { ...budgets, ...(IS_KEPT ? work : { Rounds: "1", Tokens: "8" }) });
  await startStudy(page);
  await page.locator(".work-step strong").getByText("Done", { exact: true }).waitFor({ timeout: 400_000 });
  return (await page.locator("[data-study]").getAttribute("data-study")) ?? "";
}

async function addSparseModel(page: Page): Promise<void> {
  const path = await sparseModel(desktop.home);
  await page.getByLabel("Add a GGUF file by its path").fill(path);
  await page.keyboard.press("Enter");
  await page.locator(".model-detail").getByText(path).waitFor();
  await page.getByRole("button", { name: "Run this model" }).click();
}

it.each(["light", "dark"] as const)("ui: every view in the %s", async (colorScheme) => {
  const page = await desktop.open("targets", { colorScheme });
  await page.getByRole("region", { name: "A phone of the tests" }).getByText("81 %, discharging").waitFor();
  await page
    .getByRole("heading", { name: /All checks passed|Ready, with/ })
    .first()
    .waitFor();
  await picture(page, `targets-${colorScheme}`);
  await goTo(page, "Run");
  await ready(page);
  for (const tokens of ["128", "256"]) for (const engine of ["llama.cpp", "Phonon"]) await runOf(page, engine, tokens);
  await picture(page, `run-${colorScheme}`);
  await goTo(page, "History");
  await pastRuns(page).nth(3).waitFor();
  await picture(page, `history-${colorScheme}`);
  await replay(page, pastRuns(page).nth(1));
  await waitForStatus(page, "Done");
  await picture(page, `replay-${colorScheme}`, false); // as a run looks
  await goTo(page, "Models");
  await addModels(page);
  await picture(page, `models-${colorScheme}`);
  await page.getByRole("button", { name: "Run this model" }).click();
  await goTo(page, "Compare");
  await compare(page);
  await picture(page, `compare-${colorScheme}`);
});

it("ui: studies, in the light and in the dark", { timeout: 900_000 }, async () => {
  const viewport = { width: 1280, height: 1080 };
  const page = await desktop.open("models", { colorScheme: "light", viewport });
  await addSparseModel(page);
  await goTo(page, "Studies");
  if (!IS_KEPT || process.getuid?.() !== 0) await enforceNothing(page);
  const ids = [
    await study(page, "Ladder", { "Budget, MiB": "116" }),
    await study(page, "Curve", { "From, MiB": "112", "To, MiB": "152", Steps: "5" }),
  ];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [at, id] of ids.entries()) {
      const shown = await desktop.open(`studies/${id}`, { colorScheme, viewport });
      await shown.locator(".chart-marks path").first().waitFor();
      await picture(shown, `${at === 0 ? "study" : "curve"}-${colorScheme}`);
    }
  }
});
