// Electron's own binary. Its package no longer comes with one, and install scripts are not run: it is fetched here,
// where there is a display to open a window on. Without it the browser shell shows the same program.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, say } from "./console.mjs";
import { root } from "./paths.mjs";

const folder = join(root, "node_modules/electron");

export const hasDisplay = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** Electron's executable, or undefined where it was never fetched. */
export function electronBinary() {
  const pathFile = join(folder, "path.txt");
  if (!existsSync(pathFile)) return undefined;
  const binary = join(folder, "dist", readFileSync(pathFile, "utf8"));
  return existsSync(binary) ? binary : undefined;
}

/** Tries once per Electron version; a failure is said and costs nothing but the window. */
export async function fetchElectron() {
  if (!hasDisplay || electronBinary()) return;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const failed = join(root, "build/deps/electron-unavailable");
  if (existsSync(failed) && readFileSync(failed, "utf8") === version) return;
  try {
    say("fetching Electron …");
    await run("electron", [process.execPath, join(folder, "install.js")], { signal: AbortSignal.timeout(180_000) });
  } catch {
    mkdirSync(join(root, "build/deps"), { recursive: true });
    writeFileSync(failed, version);
    say(
      "Electron could not be fetched; the program opens in the browser instead (delete build/deps/electron-unavailable to try again)",
    );
  }
}
