/** The Electron window, where Electron's binary is installed; its shell is unit-tested everywhere. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { _electron } from "playwright";
import { expect, it } from "vitest";
import { headline, ready, runButton, waitForStatus } from "./page.js";

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

const title = "electron: the window runs the built-in model, isolated from node";
it.skipIf(obstacle !== undefined)(obstacle === undefined ? title : `${title}: ${obstacle}`, async () => {
  const home = await mkdtemp(join(tmpdir(), "phonon-electron-"));
  const app = await _electron.launch({
    executablePath: binary,
    args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), root],
    env: { ...(process.env as Record<string, string>), PHONON_HOME: home },
  });
  try {
    const page = await app.firstWindow();
    await ready(page);
    expect(await page.evaluate(() => typeof Reflect.get(globalThis, "require"))).toBe("undefined");
    expect(await page.evaluate(() => window.open("https://example.org"))).toBeNull();
    await runButton(page).click();
    await waitForStatus(page, "Done");
    expect(await headline(page)).toBeGreaterThan(1);
  } finally {
    await app.close();
    await rm(home, { recursive: true });
  }
});
