/** The window when its connection to the program is disturbed. What Chromium's console says of that is no complaint. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startBrowserShell } from "../../electron/shell/browser.js";
import { shoot } from "./browser.js";
import { LONG_TOKENS, slowModel, startDesktop, storedText, type Desktop } from "./desktop.js";
import { cancelButton, ready, runButton, shownRun, startRunOf, textOf, waitForStatus, waitForText } from "./page.js";
import { startCable } from "./tcp-proxy.js";

let desktop: Desktop;

beforeAll(async () => {
  desktop = await startDesktop();
});

afterAll(() => desktop.close());

it("ui: a connection that is lost in the middle of a run is said, comes back, and misses nothing", async () => {
  const cable = await startCable(desktop.shell.port);
  const url = desktop.shell.url.replace(`:${desktop.shell.port}`, `:${cable.port}`);
  const slow = await slowModel(desktop.home);
  const { page } = await desktop.open({}, url);
  await ready(page);
  await startRunOf(page, slow, LONG_TOKENS);

  cable.pull();
  await page.getByText("Connection lost.").waitFor();
  await shoot(page, "connection-lost");
  await page.waitForTimeout(1000); // what had come by then is drawn
  const before = await textOf(page);
  await page.waitForTimeout(1500); // the run goes on meanwhile
  expect(await textOf(page)).toBe(before);

  cable.plug();
  await page.getByText("Connection lost.").waitFor({ state: "detached" });
  await waitForText(page, before.length + 100);
  await cancelButton(page).click();
  await waitForStatus(page, "Cancelled", 15_000);
  expect(await textOf(page)).toBe(await storedText(await shownRun(page)));
  await page.context().close();
  await cable.close();
});

it("ui: a program that was started again asks for its new address", async () => {
  const log = () => undefined;
  const first = await startBrowserShell({ open: false, log });
  const { page } = await desktop.open({}, first.url);
  await ready(page);
  await first.close();
  await page.getByText("Connection lost.").waitFor();
  const second = await startBrowserShell({ open: false, port: first.port, log });
  await page.getByText("This address is no longer valid.").waitFor();
  expect(await runButton(page).isDisabled()).toBe(true);
  await page.goto(second.url);
  await ready(page);
  await page.context().close();
  await second.close();
});
