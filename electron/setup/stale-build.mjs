// A build folder belongs to one source folder and one generator; cmake refuses it for others.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Removes a build folder that was made elsewhere (the clone was moved or copied) or with another generator. */
export function removeStaleBuild(out, source, generator) {
  const file = join(out, "CMakeCache.txt");
  if (!existsSync(file)) return;
  const cache = readFileSync(file, "utf8");
  const entry = (name) => new RegExp(`^${name}:[A-Z]+=(.*)$`, "m").exec(cache)?.[1];
  const fits =
    entry("CMAKE_HOME_DIRECTORY") === resolve(source) &&
    entry("CMAKE_CACHEFILE_DIR") === resolve(out) &&
    entry("CMAKE_GENERATOR") === generator;
  if (!fits) rmSync(out, { recursive: true });
}
