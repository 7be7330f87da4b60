// The device side: agents and tools for one toolchain, in build/agents/ABI; for this computer the desktop's addon, in
// build/addon; and instrumented test builds.
import { copyFileSync, chmodSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { contentKey, onceFor } from "./content-key.mjs";
import { buildLlama, fetchLlama, llamaLibraries, llamaSource } from "./llama.mjs";
import { root } from "./paths.mjs";
import { configureAndBuild } from "./toolchain.mjs";

const sources = ["device-agent/CMakeLists.txt", "device-agent/include", "device-agent/src"];
// A phone's tests run under emulation here: only what depends on the instruction set is worth its time.
const emulatedTests = ["kernels", "weights", "synth", "sampler"].map((unit) => `${unit}*_test.cc`);
const isAgent = (name) => /^phonon-(agent|model|llama-[a-z0-9]+)$/.test(name);
const addonSources = ["native/CMakeLists.txt", "native/src"].concat(
  ["node-addon-api", "node-api-headers"].map((name) => `node_modules/${name}/package.json`),
);

/**
 * Configures device-agent in build/native/NAME and builds its programs, its tests, or both.
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 * @param {{ variant: string, options?: string[], programs?: boolean, tests?: boolean }} kind
 */
export async function buildDeviceSide(toolchain, { variant, options = [], programs = true, tests = false }) {
  await fetchLlama();
  await buildLlama(toolchain);
  const name = `${toolchain.name}-${variant}`;
  const out = `build/native/${name}`;
  const llama = contentKey([`build/llama/${toolchain.name}/.key`], {});
  const addon = toolchain.isHost && variant === "release";
  const inputs = addon ? [...sources, ...addonSources] : sources;
  const testFiles = toolchain.isHost ? "*_test.cc" : emulatedTests.join(";");
  const key = contentKey(inputs, { toolchain: toolchain.key, options, llama });
  const cmake = [
    `-DPHONON_LLAMA_SRC=${llamaSource}`,
    `-DPHONON_LLAMA_BUILD=${llamaLibraries(toolchain)}`,
    `-DPHONON_BUILD_ID=${key.slice(0, 12)}`,
    `-DPHONON_ADDON=${addon ? "ON" : "OFF"}`,
    `-DPHONON_TEST_FILES=${testFiles}`,
    ...options,
  ];
  const build = (targets) => configureAndBuild(name, "device-agent", out, toolchain, cmake, targets);
  let result = "";
  if (programs) result = await onceFor(key, `${out}/.key`, () => build([]));
  const testKey = contentKey(["test/agent"], { key, testFiles });
  if (tests) result = await onceFor(testKey, `${out}/.key-tests`, () => build(["phonon-tests"]));
  return { out: join(root, out), result };
}

/** Builds the release agents of a toolchain and places them where the control side looks for them. */
export async function buildAgents(toolchain, { tests = false } = {}) {
  const { out, result } = await buildDeviceSide(toolchain, { variant: "release", tests });
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    if (isAgent(entry.name)) place(entry, `build/agents/${toolchain.abi}`);
    else if (entry.name === "phonon.node") place(entry, "build/addon");
  }
  return result;
}

/** A program that runs now keeps its file. */
function place(entry, folder) {
  const fresh = join(root, folder, `.${entry.name}.new`);
  mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(join(entry.parentPath, entry.name), fresh);
  chmodSync(fresh, 0o755);
  renameSync(fresh, join(root, folder, entry.name));
}
