#!/usr/bin/env node
// The `phonon` command. It only looks whether the program has been built, and starts it.
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const main = resolve(root, "build/cli/main.js");
if (existsSync(main)) {
  await import(pathToFileURL(main).href);
} else {
  process.stderr.write(`phonon: it has not been built yet; run \`npm run setup\` in ${root}\n`);
  process.exitCode = 1;
}
