// The npm packages of package-lock.json, installed without running their install scripts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contentKey, onceFor } from "./content-key.mjs";
import { run } from "./console.mjs";
import { root } from "./paths.mjs";

export async function installPackages() {
  // A developer's `npm install` leaves node_modules right without our stamp.
  const key = contentKey(["package.json", "package-lock.json"], { node: process.version });
  return onceFor(key, "node_modules/.phonon-key", async () => {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    if (!matchesLock())
      await run("npm-ci", [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
        shell: process.platform === "win32",
      });
  });
}

/** Whether node_modules holds exactly what the lock file names. */
function matchesLock() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const have = JSON.parse(readFileSync(installed, "utf8")).packages;
  const want = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional || entry.devOptional || have[path]?.version === entry.version,
  );
}
