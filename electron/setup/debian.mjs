// Programs that come from the system. As root on Debian or Ubuntu they are installed; elsewhere one line says what to
// install.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run, say, SetupError, step } from "./console.mjs";
import { findProgram } from "./paths.mjs";

const program = (name, pkg = name) => ({ pkg, present: () => findProgram(name) !== undefined });
const file = (path, pkg) => ({ pkg, present: () => existsSync(path) });

/** Clang's sanitizer runtimes are a package of their own, one per version of clang. */
function hasClangRuntime() {
  if (!findProgram("clang++")) return false;
  const resources = execFileSync("clang++", ["--print-resource-dir"], { encoding: "utf8" }).trim();
  return existsSync(
    join(resources, "lib/linux", `libclang_rt.tsan-${process.arch === "arm64" ? "aarch64" : "x86_64"}.a`),
  );
}

/** What each purpose needs. `optional`: missing without root is said, and does not stop the set-up. */
const needs = {
  build: [program("g++"), program("cmake"), program("make")],
  phones: [program("adb")],
  arm64: [program("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu")],
  test: [
    program("clang-format"),
    program("clang++", "clang"),
    { pkg: "libclang-rt-14-dev", present: hasClangRuntime },
    program("gcovr"),
    file("/usr/include/doctest/doctest.h", "doctest-dev"),
    program("qemu-aarch64-static", "qemu-user-static"),
    program("chromium"),
  ],
  virtualPhone: [program("debootstrap"), program("ip", "iproute2")],
};

/**
 * Makes sure that a purpose's programs are there.
 * @param {keyof typeof needs} purpose
 * @returns {Promise<boolean>} false when something is missing that `optional` allows to be missing
 */
export async function ensurePrograms(purpose, { optional = false } = {}) {
  const missing = needs[purpose].filter((n) => !n.present()).map((n) => n.pkg);
  if (missing.length === 0) return true;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && findProgram("apt-get")) {
    await step(`installing ${missing.join(", ")}`, async () => {
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
      await run("apt-update", ["apt-get", "update", "-qq"], { env });
      await run("apt-install", ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing], { env });
    });
    if (needs[purpose].every((n) => n.present())) return true;
  }
  const line = `missing for ${purpose}: install ${missing.join(" ")} (Debian: sudo apt-get install ${missing.join(" ")})`;
  if (!optional) throw new SetupError(line);
  say(line);
  return false;
}
