/** Targets as they come and go: this computer, and phones of an adb server in this process that tests can break. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright";
import { builtInModel } from "../../electron/models/index.js";
import { FakeAdb } from "../unit/targets/fake-adb.js";
import { violations } from "./axe.js";
import { shoot } from "./browser.js";
import { sparseModel } from "./desktop.js";
import { describePhone } from "./fake-phone.js";
import { field, ready, runButton, typeModel } from "./page.js";
import { overflowOf, tabTo, useDesktop } from "./use-desktop.js";

/** Before the desktop of this file starts, for it looks for phones from its first moment on. */
let adb: FakeAdb;
const before = process.env["ANDROID_ADB_SERVER_PORT"];
beforeAll(async () => {
  adb = await FakeAdb.start();
  describePhone(adb, "Pixel 9 <img src=x>\u202e", 12);
});
afterAll(async () => {
  await adb.stop();
  if (before !== undefined) process.env["ANDROID_ADB_SERVER_PORT"] = before;
});

const desktop = useDesktop();
const card = (page: Page, name: string | RegExp) => page.getByRole("region", { name });
const here = (page: Page) => card(page, /^This computer/);

describe("targets: this computer", () => {
  it("shows its facts and that it is ready, and is chosen for a run with one click", async () => {
    const page = await desktop.open("targets");
    await here(page)
      .getByRole("heading", { name: /All checks passed|Ready, with/ })
      .waitFor();
    for (const fact of ["Chip", "Cores", "ABI", "Memory", "Storage"]) {
      expect(await here(page).getByText(fact, { exact: true }).first().isVisible()).toBe(true);
    }
    expect(await here(page).getByText("asimd").count()).toBe(0); // folded away
    await page.getByRole("region", { name: "Phones" }).getByText("USB debugging").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await shoot(page, "targets");
    await here(page).getByRole("button", { name: "Run here" }).click();
    await ready(page);
    expect(page.url()).toContain("#/run");
  });

  it("can be reached with the keyboard alone, and read in a narrow window", async () => {
    const page = await desktop.open("targets", { viewport: { width: 400, height: 800 } });
    await here(page).getByRole("button", { name: "Check again" }).and(page.locator(":enabled")).waitFor();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await shoot(page, "targets-narrow");
    await tabTo(page, /^Check again$/);
    await page.keyboard.press("Enter");
    await here(page).getByRole("button", { name: "Check again" }).waitFor();
    await tabTo(page, /^Run here$/);
    await page.keyboard.press("Enter");
    await ready(page);
  });
});

/** Another budget, another speed, before a pack is made or anything is run. */
async function foreseenAlongTheSlider(page: Page): Promise<void> {
  await typeModel(page, await sparseModel(desktop.home));
  await page.locator(".add-model").waitFor({ state: "detached" });
  const foreseen = page.getByText(/^Foreseen: [\d.,]+\stok\/s|^Too little to stream/);
  const said = () => foreseen.textContent();
  await page.getByRole("slider", { name: "Memory budget" }).focus();
  await page.keyboard.press("End");
  await expect.poll(said).toMatch(/ 100\.0 % of the neurons/);
  const whole = await said();
  await page.keyboard.press("Home");
  await expect.poll(said).not.toBe(whole);
  const words = new Set<string | null>();
  for (let step = 0; step < 6; step++) {
    words.add(await said());
    const before = await field(page, "Budget, MiB").inputValue();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => field(page, "Budget, MiB").inputValue()).not.toBe(before);
  }
  expect([...words].filter((text) => text?.startsWith("Foreseen")).length).toBeGreaterThan(1);
  for (const folder of ["packs", "runs"]) expect(await readdir(join(desktop.home, folder)).catch(() => [])).toEqual([]);
}

describe("targets: measuring for planning", () => {
  it("can be cancelled, and then foresees a run's speed beside its budget", async () => {
    const page = await desktop.open("targets");
    const unmeasured = here(page).getByText("Not measured for planning yet.");
    await unmeasured.waitFor();
    await here(page)
      .getByRole("button", { name: /^Measure/ })
      .click();
    await here(page)
      .getByText(/^Measuring: flash/)
      .waitFor();
    await shoot(page, "targets-measuring");
    expect(await violations(page)).toEqual([]);
    await here(page).getByRole("button", { name: "Cancel" }).click();
    await unmeasured.waitFor();

    await page.getByRole("link", { name: "Run" }).click();
    await ready(page);
    await page.getByRole("checkbox", { name: "Memory budget" }).check({ force: true });
    await page.getByRole("button", { name: /^Measure/ }).click();
    await page.getByRole("progressbar", { name: "Measuring" }).waitFor();
    await page.getByText(/^Foreseen: [\d.,]+\stok\/s/).waitFor({ timeout: 120_000 });
    await shoot(page, "run-foreseen");
    await foreseenAlongTheSlider(page);
    await page.getByRole("link", { name: "Targets" }).click();
    await here(page)
      .getByText(/^Measured for planning \d/)
      .waitFor();
  }, 180_000);
});

describe("targets: a phone", () => {
  it("that holds a file of a model's size is told from one that holds the model, by reading it", async () => {
    const model = await readFile(builtInModel());
    const sha256 = createHash("sha256").update(model).digest("hex");
    adb.commands.set("*.gguf *.part", `${model.length} ${sha256}.gguf\n`);
    adb.setDevice("A0", "device");
    const page = await desktop.open("models");
    const fit = page.locator(".target-fit").filter({ hasText: "Pixel 9" });
    await fit.getByText("a file of this size is there").waitFor();
    await fit.getByRole("button", { name: "Read it" }).click();
    await fit.getByText("already there").waitFor();
    await page
      .getByRole("grid", { name: "Models" })
      .getByRole("gridcell", { name: /^Pixel 9/ })
      .waitFor();
    adb.setDevice("A0", null);
    adb.commands.delete("*.gguf *.part");
  });

  it("appears, says what to do, becomes ready, and goes, while the view is open", async () => {
    const page = await desktop.open("targets");
    await here(page).waitFor();
    adb.setDevice("A1", "unauthorized");
    await card(page, "A1").getByText("Not authorised", { exact: true }).waitFor();
    await card(page, "A1").getByText("accept its question").waitFor();
    expect(await card(page, "A1").getByRole("button", { name: "Run here" }).isDisabled()).toBe(true);
    await shoot(page, "targets-unauthorized");

    adb.setDevice("A1", "device");
    const phone = card(page, /^Pixel 9/);
    await phone.getByText("Ready", { exact: true }).waitFor();
    await phone.getByText("1 × 3.30 GHz big, 1 × 3.15 GHz big, 2 × 2.27 GHz little").waitFor();
    await phone.getByText("12 %, discharging, 29.1 °C").waitFor();
    await phone.getByText("none yet", { exact: true }).waitFor(); // no model was brought there
    await phone.getByText("Charge it: phones slow down").waitFor(); // a remedy, in place
    expect(await phone.getByRole("heading", { level: 2 }).textContent()).toBe("Pixel 9 <img src=x>⟨U+202E⟩");
    expect(await phone.locator("img").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await shoot(page, "targets-phone");

    adb.setDevice("A1", "offline");
    await card(page, "A1").getByText("Plug the cable out and in again").waitFor();
    adb.setDevice("A1", null);
    await card(page, "A1").waitFor({ state: "detached" });
    adb.setDevice("A1", "device"); // plugged in again
    await phone.getByText("12 %, discharging, 29.1 °C").waitFor();
    await phone.getByRole("button", { name: "Run here" }).click();
    await page.getByRole("main", { name: "Run" }).waitFor();
    adb.setDevice("A1", null);
    await page.getByText("The target that was chosen (adb:A1) is not connected.").waitFor();
  });

  it("that is not ready says in the Run view what to do, as the only one and when it is chosen", async () => {
    adb.setDevice("A4", "unauthorized");
    const page = await desktop.open("run");
    await ready(page); // this computer is chosen
    const phone = page.getByRole("radiogroup", { name: "Target" }).locator(".card").filter({ hasText: "A4" });
    await phone.getByText("accept its question").waitFor();
    await phone.click();
    await page.getByText("A4 is not ready.").waitFor();
    expect(await runButton(page).isDisabled()).toBe(true);
    expect(await phone.getByText("accept its question").isVisible()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await shoot(page, "run-unauthorized");
    adb.setDevice("A4", "offline");
    await phone.getByText("Plug the cable out and in again").waitFor();
    expect(await runButton(page).isDisabled()).toBe(true);
    await shoot(page, "run-offline");
    adb.setDevice("A4", "device"); // its question was accepted
    await ready(page);
    adb.setDevice("A4", null);
  });

  it("that does not answer is said so after a while, and can be asked again", async () => {
    const page = await desktop.open("targets");
    adb.setDevice("A2", "device");
    const phone = card(page, /^Pixel 9/);
    await phone.getByText("12 %, discharging, 29.1 °C").waitFor();
    const again = phone.getByRole("button", { name: "Check again" });
    await again.waitFor(); // all that was asked is answered
    adb.intercept = (_socket, serial) => serial === "A2"; // takes requests, and says nothing
    await again.click();
    await phone.getByRole("button", { name: "Asking …" }).waitFor();
    await phone.getByRole("alert").getByText("adb did not answer").waitFor();
    adb.intercept = () => false;
    adb.dropConnections();
    await phone.getByRole("button", { name: "Check again" }).click();
    await phone.getByText("12 %, discharging, 29.1 °C").waitFor();
    adb.setDevice("A2", null);
  });

  it("cannot be listed without adb: the view says so and what to do, and phones come back with it", async () => {
    const page = await desktop.open("targets");
    await here(page).waitFor();
    await adb.kill();
    const help = page.getByRole("region", { name: "Phones" });
    await help.getByText("adb start-server").waitFor();
    expect(await violations(page)).toEqual([]);
    await shoot(page, "targets-no-adb");
    await adb.listen();
    adb.setDevice("A3", "unauthorized");
    await card(page, "A3").waitFor();
    await help.waitFor({ state: "detached" });
  });
});
