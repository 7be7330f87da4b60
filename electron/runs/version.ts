import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../models/index.js";

let known: string | undefined;

/** Phonon's own version, from package.json. */
export function programVersion(): string {
  known ??= (JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string }).version;
  return known;
}
