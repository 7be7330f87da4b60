/** The Electron window, where Electron's binary is installed; its shell is unit-tested everywhere. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { _electron, type ElectronApplication, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bridge } from "../../electron/ipc/contract.js";
import { builtInModel } from "../../electron/models/index.js";
import { goTo, headline, ready, runButton, waitForStatus } from "./page.js";

const root = join(import.meta.dirname, "../..");
const electron = dirname(createRequire(import.meta.url).resolve("electron/package.json"));
const BINARIES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "Electron.app/Contents/MacOS/Electron",
  win32: "electron.exe",
};
const binary = join(electron, "dist", BINARIES[process.platform] ?? "electron");
const display = process.platform !== "linux" || process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"];
const obstacle = !existsSync(binary)
  ? "Electron's binary is not installed (npm ran without install scripts)"
  : !display
    ? "there is no display"
    : undefined;

const why = obstacle === undefined ? "" : `: ${obstacle}`;
const VIEWS = ["Targets", "Models", "Run", "Compare", "Studies", "History"];

let home: string;
let app: ElectronApplication;
let page: Page;

beforeAll(async () => {
  if (obstacle !== undefined) return;
  home = await mkdtemp(join(tmpdir(), "phonon-electron-"));
  app = await _electron.launch({
    executablePath: binary,
    args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), root],
    env: { ...(process.env as Record<string, string>), PHONON_HOME: home },
  });
  page = await app.firstWindow();
  await ready(page);
});

afterAll(async () => {
  if (obstacle !== undefined) return;
  await app.close();
  const kept = JSON.parse(await readFile(join(home, "window.json"), "utf8")) as { width: number };
  await rm(home, { recursive: true });
  expect(kept.width).toBeGreaterThan(0);
});

describe.skipIf(obstacle !== undefined)(`electron${why}`, () => {
  it("the page is isolated: no node, no other page, no network, no permission", async () => {
    const inPage = await page.evaluate(async () => ({
      node: [typeof Reflect.get(globalThis, "require"), typeof Reflect.get(globalThis, "process")],
      bridge: Object.keys(Reflect.get(globalThis, "phonon") as object).sort(),
      opened: window.open("https://example.org"),
      fetched: await fetch("https://example.org").then(
        () => "answered",
        () => "refused",
      ),
      notifications: await Notification.requestPermission(),
    }));
    expect(inPage).toEqual({
      node: ["undefined", "undefined"],
      bridge: ["call", "pathOf", "subscribe"],
      opened: null,
      fetched: "refused",
      notifications: "denied",
    });
    await page.evaluate(() => {
      location.href = "https://example.org/";
    });
    await page.waitForTimeout(300);
    expect(page.url()).toMatch(/^phonon:\/\/app\//);
  });

  it("every view opens", async () => {
    for (const view of VIEWS) await goTo(page, view);
  });

  it("model files are read in a utility process, whose death is an error and nothing more", async () => {
    const inspect = (path: string) =>
      page.evaluate(async (file) => {
        const bridge = Reflect.get(globalThis, "phonon") as Bridge;
        return bridge.call("models.inspect", { path: file });
      }, path);
    const story = builtInModel();
    expect(await inspect(story)).toMatchObject({ ok: true, response: { architecture: "smallthinker" } });
    const readers = () =>
      app.evaluate(({ app: electronApp }) =>
        electronApp.getAppMetrics().flatMap(({ name, pid }) => (name === "Phonon model reader" ? [pid] : [])),
      );
    const [reader] = await readers();
    expect(reader).toBeGreaterThan(0);
    process.kill(reader!, "SIGSTOP"); // so that it is in the middle
    const read = inspect("/a.gguf");
    await page.waitForTimeout(300);
    process.kill(reader!, "SIGKILL");
    expect(await read).toMatchObject({ ok: false, failure: { code: "reader_crashed" } });
    expect(await inspect(story)).toMatchObject({ ok: true });
  });

  it("runs the built-in model", async () => {
    await goTo(page, "Run");
    await runButton(page).click();
    await waitForStatus(page, "Done");
    expect(await headline(page)).toBeGreaterThan(1);
  });
});
