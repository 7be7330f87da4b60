/** Which bundles there are, by the names of their folders. */
import { readdir, stat } from "node:fs/promises";
import { hasCode } from "../base/errors.js";
import { runsFolder } from "./folder.js";
import { isRunId } from "./run-id.js";

const SAFE_AGE_MS = 2000; // more than any file system's clock is coarse

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

/** Lists the bundles again only when the folder's time of change says that one came or went. */
export class RunIdWatch {
  private seen: string | undefined; // the folder's identity and time, where they tell of every later change

  /** Undefined: the same as at the last call. */
  async changed(): Promise<string[] | undefined> {
    const folder = await stat(runsFolder()).catch(() => undefined); // listing it says what is wrong
    const now = folder && `${folder.dev} ${folder.ino} ${folder.mtimeMs}`;
    if (now !== undefined && now === this.seen) return undefined;
    // Two changes within a tick of the file system's clock have the same time.
    this.seen = folder && Math.abs(Date.now() - folder.mtimeMs) > SAFE_AGE_MS ? now : undefined;
    return runIds();
  }
}
