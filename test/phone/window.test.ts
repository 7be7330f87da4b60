/** The window and a real adb: a phone is seen as it comes and goes, and a run on it is started from there. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import type { Tab } from "../e2e/browser.js";
import { startDesktop, type Desktop } from "../e2e/desktop.js";
import { goTo, headline, runButton, shownRun, textOf, waitForStatus } from "../e2e/page.js";
import { readRun } from "../../electron/store/index.js";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones } from "./phone.js";
import { agentsAre } from "./support.js";

describePhones("the window and a phone", () => {
  let phone: Phone;
  let desktop: Desktop;
  let tab: Tab;

  beforeAll(async () => {
    phone = await startPhone({ battery: { percent: 61 } });
    desktop = await startDesktop();
  });
  afterEach(async () => {
    await tab.page.context().close();
    expect(tab.complaints).toEqual([]);
  });
  afterAll(async () => {
    await desktop.close();
    await stopPhones();
  });

  const card = (page: Page) => page.getByRole("region").filter({ hasText: phone.targetId });

  async function open(view: string): Promise<Page> {
    tab = await desktop.open({}, `${desktop.shell.url}#/${view}`);
    return tab.page;
  }

  test("plugged in, unplugged, plugged in again and not allowed: the view follows, and says what to do", async () => {
    const page = await open("targets");
    await card(page).getByText(/^61 %/).first().waitFor();
    await card(page)
      .getByText("All checks passed")
      .or(card(page).getByText(/^Ready, with/))
      .waitFor();
    await phone.unplug();
    await card(page).waitFor({ state: "detached" });
    await page.getByText("Add a phone").waitFor();
    phone.tell((facts) => (facts.battery.percent = 60));
    await phone.replug();
    await card(page).getByText(/^60 %/).first().waitFor(); // asked anew
    await phone.unauthorize();
    await card(page).getByText("accept its question").waitFor();
    await phone.authorize();
    await card(page).getByText("Ready", { exact: true }).waitFor();
  });

  test("a run on it is started with two clicks, and the model is then known to be there", async () => {
    await phone.restore();
    const page = await open("models");
    const fit = page.getByRole("region").filter({ has: page.getByText("to copy") });
    await fit.last().getByText("12.3 MiB to copy").waitFor();
    await goTo(page, "Targets");
    await card(page).getByRole("button", { name: "Run here" }).click();
    await page.getByLabel("Tokens", { exact: true }).fill("24");
    await runButton(page).and(page.locator(":enabled")).click();
    await waitForStatus(page, "Done", 90_000);
    expect(await headline(page)).toBeGreaterThan(1);
    const run = await readRun(await shownRun(page));
    expect(run?.record.target).toBe(phone.targetId);
    expect(run?.summary.text).toBe(await textOf(page));
    await agentsAre(0, phone);
    await goTo(page, "Models");
    await page.getByText("already there").waitFor();
    await page.getByRole("columnheader", { name: "On phones" }).waitFor();
  });

  test("it is unplugged while it is chosen: nothing can be started, and the view says why", async () => {
    const page = await open("targets");
    await card(page).getByRole("button", { name: "Run here" }).click();
    await runButton(page).and(page.locator(":enabled")).waitFor();
    await phone.unplug();
    await page.getByText(`The target that was chosen (${phone.targetId}) is not connected.`).waitFor();
    expect(await runButton(page).isDisabled()).toBe(true);
    await phone.replug();
    await runButton(page).and(page.locator(":enabled")).waitFor();
  });
});
