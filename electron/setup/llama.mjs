// llama.cpp: its source from the npm package llama.rn, checked against a locked hash, and static libraries from it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { contentKey, onceFor } from "./content-key.mjs";
import { run, SetupError } from "./console.mjs";
import { root } from "./paths.mjs";
import { configureAndBuild } from "./toolchain.mjs";

const version = "0.12.9";
const integrity = "sha512-uRsTVARp1KnDkDg00FvOGIrN6SZfMqYVJfCOdxN9FSyGufLC+Aad6oFWZVEO8vmtNqu+JBlsCGevP4sJGifAvg==";
const folder = join(root, "build/deps", `llama.rn-${version}`);

export const llamaSource = join(folder, "cpp");

/** Fetches and unpacks the package. It is no dependency: its install script and peers would pull in what we do not use. */
export async function fetchLlama() {
  return onceFor(integrity, `build/deps/llama.rn-${version}.key`, async () => {
    const deps = join(root, "build/deps");
    const unpacked = join(deps, "package");
    mkdirSync(deps, { recursive: true });
    rmSync(unpacked, { recursive: true, force: true });
    await run("llama-fetch", ["npm", "pack", `llama.rn@${version}`, "--pack-destination", deps], {
      shell: process.platform === "win32",
    });
    const archive = readdirSync(deps).find((f) => f === `llama.rn-${version}.tgz`);
    if (!archive) throw new SetupError(`npm pack left no llama.rn-${version}.tgz in ${deps}`);
    const digest = createHash("sha512")
      .update(readFileSync(join(deps, archive)))
      .digest("base64");
    if (`sha512-${digest}` !== integrity) {
      throw new SetupError(`llama.rn-${version}.tgz does not have the expected contents (sha512-${digest})`);
    }
    await run("llama-unpack", ["tar", "-xzf", join(deps, archive), "-C", deps]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
    rmSync(join(deps, archive));
  });
}

/** Static libraries for one toolchain, under build/llama/ABI. */
export async function buildLlama(toolchain) {
  const out = `build/llama/${toolchain.name}`;
  const key = contentKey(["device-agent/llama"], { integrity, toolchain: toolchain.key });
  return onceFor(key, `${out}/.key`, () =>
    configureAndBuild(`llama-${toolchain.name}`, "device-agent/llama", out, toolchain, [
      `-DPHONON_LLAMA_SRC=${llamaSource}`,
    ]),
  );
}

export const llamaLibraries = (toolchain) => join(root, "build/llama", toolchain.name);
export const haveLlamaSource = () => existsSync(join(llamaSource, "llama.h"));
