// `npm run bench`: sets up, then measures Phonon beside the strongest llama.cpp there is for this computer.
import { main, setUp } from "../../electron/setup/setup.mjs";
import { run, step } from "../../electron/setup/console.mjs";
import { root } from "../../electron/setup/paths.mjs";
import { join } from "node:path";

await main(async () => {
  await setUp();
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await step("benchmark", () => run("tsc-bench", [process.execPath, tsc, "-p", "test/bench/tsconfig.json"]));
  await import("../../build/js-bench/test/bench/main.js");
});
