// Everything a fresh clone needs, made once and quick the second time.
//
//   node electron/setup/setup.mjs             this computer: packages, agent, program
//   node electron/setup/setup.mjs --phones    also the arm64 agents, for phones
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildAgents } from "./agents.mjs";
import { say, SetupError, step } from "./console.mjs";
import { ensurePrograms } from "./debian.mjs";
import { installPackages } from "./npm.mjs";
import { root } from "./paths.mjs";
import { arm64Toolchain, hostToolchain } from "./toolchain.mjs";
import { buildRenderer, buildTypeScript } from "./typescript.mjs";

/** One set-up at a time: a second one waits for the first, unless that one died. */
async function withLock(work) {
  const lock = join(root, "build/.setup-lock");
  mkdirSync(join(root, "build"), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch {
      if (!isAlive(Number(existsSync(lock) ? readFileSync(lock, "utf8") : 0))) {
        rmSync(lock, { force: true });
        continue;
      }
      say("another set-up is running; waiting for it");
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return pid > 0;
  } catch {
    return false;
  }
}

/**
 * @param {{ phones?: boolean, tests?: boolean }} what phones: the arm64 agents; tests: test programs and their tools
 */
export async function setUp({ phones = false, tests = false } = {}) {
  await withLock(async () => {
    await step("npm packages", installPackages);
    if (process.platform === "linux") {
      await ensurePrograms("build");
      await step("agent for this computer (llama.cpp takes some minutes, once)", () =>
        buildAgents(hostToolchain(), { tests }),
      );
    } else {
      say(`agents are built on Linux; on ${process.platform} Phonon drives phones with agents from build/agents`);
    }
    await ensurePrograms("phones", { optional: true });
    if (phones) {
      if (!process.env.ANDROID_NDK_HOME) await ensurePrograms("arm64");
      await step("agent for arm64 phones (llama.cpp takes some minutes, once)", () =>
        buildAgents(arm64Toolchain(), { tests }),
      );
    }
    await step("control side", buildTypeScript);
    await step("user interface", buildRenderer);
  });
}

/** Runs a set-up program; what the user can mend is printed without a stack. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(() => setUp({ phones: process.argv.includes("--phones") }));
}
