// The control side and the UI, compiled.
import { join } from "node:path";
import { contentKey, onceFor } from "./content-key.mjs";
import { run } from "./console.mjs";
import { root } from "./paths.mjs";

const bin = (path) => [process.execPath, join(root, "node_modules", path)];

export async function buildTypeScript() {
  const key = contentKey(["electron", "tsconfig.json", "package-lock.json"], {});
  return onceFor(key, "build/js/.key", async () => {
    await run("tsc", [...bin("typescript/bin/tsc"), "-p", "tsconfig.json"]);
    await bundleCommand();
  });
}

/** The `phonon` command in a few files: Node takes some two milliseconds for each, and there are three hundred. */
async function bundleCommand() {
  const { build } = await import("rolldown"); // not there before npm packages are
  await build({
    input: join(root, "build/js/electron/cli/main.js"),
    platform: "node",
    external: ["@devicefarmer/adbkit", "@duckdb/node-api", "ws"], // CommonJS, or with native code
    output: { dir: join(root, "build/cli"), cleanDir: true },
  });
}

export async function buildRenderer() {
  const key = contentKey(["renderer", "electron/ipc", "package-lock.json"], {});
  return onceFor(key, "build/renderer/.key", () => run("vite", [...bin("vite/bin/vite.js"), "build", "renderer"]));
}
