// The C++ tests: a release build, arm64 under emulation, and instrumented builds (address with undefined and coverage,
// thread). Sanitizers instrument our code and link the plain llama.cpp libraries. The thread build is clang's, so that
// both compilers see all of the code.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildDeviceSide } from "../../electron/setup/agents.mjs";
import { step } from "../../electron/setup/console.mjs";
import { findProgram, root } from "../../electron/setup/paths.mjs";
import { arm64Toolchain, hostToolchain } from "../../electron/setup/toolchain.mjs";

// -O1 halves the time to compile the kernels, of which there is one copy per instruction-set level.
const debug = ["-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1 -DNDEBUG"];
const variants = {
  release: { variant: "release", options: [] },
  arm64: { variant: "release", options: [], emulator: ["qemu-aarch64-static", "-cpu", "max"] },
  address: { variant: "address", options: ["-DPHONON_SANITIZE=address", "-DPHONON_COVERAGE=ON", ...debug] },
  thread: {
    variant: "thread",
    options: ["-DPHONON_SANITIZE=thread", "-DCMAKE_CXX_COMPILER=clang++", "-DCMAKE_UNITY_BUILD=OFF", ...debug],
  },
};

/** With how long each case took, so that a run can be followed, and slow ones are seen. */
const SHOWN = ["--no-colors=true", "--duration=true"];

/** doctest's last lines: "[doctest] test cases:  12 |  12 passed | 0 failed | 3 skipped" */
function readSummary(text) {
  const found = /test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed/.exec(text);
  return found ? { passed: Number(found[1]), failed: Number(found[2]) } : undefined;
}

/** Tests that this machine does not let run say so, with the reason: "not run: NAME: REASON". doctest counts them. */
const readNotRun = (text) => [...text.matchAll(/^not run: (.*)$/gm)].map((found) => found[1]);

/** The names of the cases with errors; between lines of "=" doctest prints each case with what it has to say. */
function failedCases(text) {
  const blocks = text.split(/^={70,}$/m).filter((block) => /\bERROR: /.test(block));
  return [...new Set(blocks.map((block) => /^TEST CASE: +(.*)$/m.exec(block)?.[1] ?? "a test without a name"))];
}

export async function cpp(kind) {
  const name = `C++ tests, ${kind}`;
  const { variant, options, emulator = [] } = variants[kind];
  if (kind === "arm64" && !(findProgram(emulator[0]) && findProgram("aarch64-linux-gnu-g++"))) {
    return [{ name, passed: 0, failed: 0, skipped: [`${name}: needs qemu-user-static and g++-aarch64-linux-gnu`] }];
  }
  const toolchain = kind === "arm64" ? arm64Toolchain() : hostToolchain();
  let out = "";
  await step(`building ${name}`, async () => {
    const built = await buildDeviceSide(toolchain, { variant, options, programs: false, tests: true });
    out = built.out;
    return built.result;
  });
  const env = {
    ...process.env,
    PHONON_TEST_VARIANT: kind,
    TSAN_OPTIONS: `halt_on_error=1 suppressions=${join(root, "test/runner/tsan.supp")}`,
    UBSAN_OPTIONS: "print_stacktrace=1",
  };
  const { text, status } = await shown([...emulator, join(out, "tests/phonon-tests"), ...SHOWN], env);
  const counted = readSummary(text) ?? { passed: 0, failed: 1 };
  if (status !== 0 && counted.failed === 0) counted.failed = 1; // a crash, or a sanitizer's report
  if (kind === "address") reportCoverage(out);
  const skipped = readNotRun(text);
  counted.passed -= skipped.length;
  return [{ name, ...counted, failures: failedCases(text), skipped: skipped.map((why) => `${name}: ${why}`) }];
}

/** Runs it in the checkout's folder, and shows what it writes as it comes. */
async function shown([program, ...args], env) {
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"], timeout: 7_200_000 });
  const parts = [];
  child.stdout.on("data", (part) => {
    parts.push(part);
    process.stdout.write(part);
  });
  const [status] = await once(child, "close");
  return { text: Buffer.concat(parts).toString(), status };
}

function reportCoverage(out) {
  if (!findProgram("gcovr")) return;
  mkdirSync(join(root, "build/coverage"), { recursive: true });
  const filters = ["--root", root, "--filter", "device-agent/", "--object-directory", out];
  const run = spawnSync(
    "gcovr",
    [...filters, "--gcov-ignore-parse-errors", "--print-summary", "--txt", "build/coverage/cpp.txt", out],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  process.stderr.write(
    `${run.stdout
      .split("\n")
      .filter((l) => /^(lines|branches):/.test(l))
      .map((l) => `phonon: C++ coverage, ${l}`)
      .join("\n")}\n`,
  );
}
