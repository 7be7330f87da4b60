// Progress lines and child processes for the set-up scripts. No dependencies: these run before any are installed.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** A set-up problem that the user can do something about: printed without a stack. */
export class SetupError extends Error {}

export const say = (line) => process.stderr.write(`phonon: ${line}\n`);

/** Runs one step and says how long it took. */
export async function step(title, work) {
  const started = Date.now();
  say(`${title} …`);
  const result = await work();
  say(`${title}: ${result ?? "done"} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/** Keeps the last build line visible on a terminal: "[12/190] ..." of ninja and make. */
function showProgress(chunk) {
  if (!process.stderr.isTTY) return;
  const line = chunk.toString().trimEnd().split("\n").at(-1) ?? "";
  process.stderr.write(`\r\x1b[K  ${line.slice(0, (process.stderr.columns || 80) - 4)}`);
}

/**
 * Runs a program without a shell, its output kept in build/logs/NAME.log. A failure shows the end of that log.
 * @param {string} name @param {string[]} command @param {import("node:child_process").SpawnOptions} [options]
 */
export function run(name, command, options = {}) {
  mkdirSync(join(root, "build/logs"), { recursive: true });
  const log = join(root, "build/logs", `${name}.log`);
  const out = createWriteStream(log);
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        out.write(chunk);
        showProgress(chunk);
      });
    }
    child.on("error", (error) => reject(new SetupError(`cannot start ${command[0]}: ${error.message}`)));
    child.on("close", (code) => {
      if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
      out.end(() => {
        if (code === 0) resolve();
        else {
          const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-40).join("\n");
          reject(new SetupError(`${command.join(" ")} failed with status ${code}; the end of ${log}:\n${tail}`));
        }
      });
    });
  });
}
