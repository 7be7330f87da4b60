/** `phonon serve` as a process: what it prints, and that nothing is left of it when it is told to end. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { launchBrowser, openTab } from "./browser.js";
import { Cli, type Going } from "./cli.js";
import { LONG_TOKENS, slowModel } from "./desktop.js";
import { goalAtMost } from "./goals.js";
import { ready, startRunOf } from "./page.js";
import { threadClock } from "./tasks.js";

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

it("serve: the first paint comes soon after the start: little is computed until then", async () => {
  const browser = await launchBrowser();
  try {
    const { page } = await openTab(browser, "about:blank");
    await page.waitForTimeout(1000); // a browser that has just begun computes for a while
    const pageMs = await threadClock(page);
    const began = performance.now();
    const { child, finished, url } = await serve();
    await page.goto(url);
    const paintMs = () =>
      page.evaluate(() => performance.getEntriesByName("first-contentful-paint").at(0)?.startTime ?? null);
    await expect.poll(paintMs).not.toBeNull();
    const [origin, paint] = [await page.evaluate(() => performance.timeOrigin), (await paintMs())!];
    const wall = origin + paint - performance.timeOrigin - began;
    const computed = (await processorMs(child.pid!)) + (await pageMs());
    console.log(`first paint ${wall.toFixed(0)} ms after the start, ${computed.toFixed(0)} ms of them computed`);
    expect(computed).toBeLessThan(3000); // on the clock it takes as long as whatever else runs here lets it
    child.kill("SIGTERM");
    expect((await finished).status).toBe(0);
    goalAtMost("first paint after the server's start", wall, 1000, "ms");
  } finally {
    await browser.close();
  }
});

/** That a process has computed. */
async function processorMs(pid: number): Promise<number> {
  const [user = 0, system = 0] = (await readFile(`/proc/${pid}/stat`, "utf8"))
    .split(") ")[1]!
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return 10 * (user + system); // a hundred ticks a second
}

it("serve: what a browser loads is small", async () => {
  const folder = join(import.meta.dirname, "../../build/renderer");
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    names.map(async (entry) => gzipSync(await readFile(join(entry.parentPath, entry.name))).length),
  );
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  expect(total).toBeGreaterThan(50_000); // it was built
  expect(total).toBeLessThan(1_500_000);
});
