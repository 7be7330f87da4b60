/** `phonon serve` as a process: what it prints, and that nothing is left of it when it is told to end. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { launchBrowser, openTab } from "./browser.js";
import { Cli, type Going } from "./cli.js";
import { LONG_TOKENS, slowModel } from "./desktop.js";
import { ready, startRunOf } from "./page.js";

let cli: Cli;

beforeEach(async () => {
  cli = await Cli.open();
});

afterEach(() => cli.close());

async function serve(...options: string[]): Promise<Going & { url: string }> {
  const going = cli.start(["serve", "--no-open", ...options]);
  let said = "";
  going.child.stderr?.on("data", (text) => (said += String(text)));
  const url = () => /http:\S+\?token=\S+(?=\s)/.exec(said)?.[0];
  await expect.poll(url, { timeout: 20_000 }).toBeDefined();
  return { ...going, url: url() ?? "" };
}

it.each(["SIGTERM", "SIGINT"] as const)(
  "serve: %s in the middle of a run ends the run and its agent",
  async (signal) => {
    const { child, finished, url } = await serve();
    const browser = await launchBrowser();
    try {
      const { page } = await openTab(browser, url);
      await ready(page);
      await startRunOf(page, await slowModel(cli.home), LONG_TOKENS);
      expect((await cli.processes()).length).toBeGreaterThan(1); // the program and its agent
      child.kill(signal);
      expect((await finished).status).toBe(0);
      await expect.poll(() => cli.processes(), { timeout: 10_000 }).toEqual([]);
      await page.getByText("Connection lost.").waitFor();
    } finally {
      await browser.close();
    }
    const { runs } = await cli.json<{ runs: { status: string }[] }>("runs");
    expect(runs.map(({ status }) => status)).toEqual(["cancelled"]);
  },
);

it("serve: a port that is in use is a clear error", async () => {
  const { child, finished, url } = await serve();
  const { port } = new URL(url);
  const second = await cli.run("serve", "--no-open", "--port", port);
  expect([second.status, second.err]).toEqual([1, expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`)]);
  child.kill("SIGTERM");
  expect((await finished).status).toBe(0);
});
