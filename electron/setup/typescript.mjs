// The control side and the UI, compiled.
import { join } from "node:path";
import { contentKey, onceFor } from "./content-key.mjs";
import { run } from "./console.mjs";
import { root } from "./paths.mjs";

const bin = (path) => [process.execPath, join(root, "node_modules", path)];

export async function buildTypeScript() {
  const key = contentKey(["electron", "tsconfig.json", "package-lock.json"], {});
  return onceFor(key, "build/js/.key", () => run("tsc", [...bin("typescript/bin/tsc"), "-p", "tsconfig.json"]));
}

export async function buildRenderer() {
  const key = contentKey(["renderer", "electron/ipc", "package-lock.json"], {});
  return onceFor(key, "build/renderer/.key", () => run("vite", [...bin("vite/bin/vite.js"), "build", "renderer"]));
}
