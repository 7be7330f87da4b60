import { readdir } from "node:fs/promises";
import { hasCode } from "../base/errors.js";
import { runsFolder } from "./folder.js";
import { isRunId } from "./run-id.js";

/** Of every bundle there is, whatever its state: newest first. Links are none. */
export async function runIds(): Promise<string[]> {
  try {
    const entries = await readdir(runsFolder(), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isRunId(entry.name))
      .map((entry) => entry.name)
      .sort()
      .reverse();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
