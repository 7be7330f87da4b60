// Compilers: this computer's, Debian's cross compiler for arm64, or the NDK when ANDROID_NDK_HOME is set.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run, SetupError } from "./console.mjs";
import { findProgram, hostAbi, root } from "./paths.mjs";
import { removeStaleBuild } from "./stale-build.mjs";

const versionOf = (program) => execFileSync(program, ["--version"], { encoding: "utf8" }).split("\n")[0];

/** @typedef {{ name: string, abi: string, isHost?: boolean, options: string[], key: unknown }} Toolchain */

/** @returns {Toolchain} */
export function hostToolchain() {
  return {
    name: hostAbi === "x86_64" ? "x86_64" : "aarch64",
    abi: hostAbi,
    isHost: true,
    options: [],
    key: versionOf(process.env.CXX ?? "g++"),
  };
}

/** @returns {Toolchain} */
export function arm64Toolchain() {
  const ndk = process.env.ANDROID_NDK_HOME;
  if (ndk) {
    const file = join(ndk, "build/cmake/android.toolchain.cmake");
    if (!existsSync(file)) throw new SetupError(`ANDROID_NDK_HOME=${ndk} holds no build/cmake/android.toolchain.cmake`);
    const options = [`-DCMAKE_TOOLCHAIN_FILE=${file}`, "-DANDROID_ABI=arm64-v8a", "-DANDROID_PLATFORM=android-28"];
    return { name: "aarch64-ndk", abi: "arm64-v8a", options, key: { ndk, options } };
  }
  const gxx = "aarch64-linux-gnu-g++";
  const options = [
    "-DCMAKE_SYSTEM_NAME=Linux",
    "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
    "-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc",
    `-DCMAKE_CXX_COMPILER=${gxx}`,
  ];
  return { name: "aarch64", abi: "arm64-v8a", options, key: versionOf(gxx) };
}

/** cmake configure and build; `targets` empty means all. */
export async function configureAndBuild(log, source, out, toolchain, options, targets = []) {
  const generator = findProgram("ninja") ? "Ninja" : "Unix Makefiles";
  removeStaleBuild(join(root, out), join(root, source), generator);
  await run(`${log}-configure`, ["cmake", "-S", source, "-B", out, "-G", generator, ...toolchain.options, ...options]);
  const only = targets.length > 0 ? ["--target", ...targets] : [];
  await run(log, ["cmake", "--build", out, "--parallel", String(availableParallelism()), ...only]);
}
