/** Removing bundles. A run that is being written stays, whichever program writes it. */
import { randomBytes } from "node:crypto";
import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, PhononError } from "../base/errors.js";
import { runsFolder } from "./folder.js";
import { isRunId } from "./run-id.js";
import { listBundle } from "./listing.js";

const LEAVING = ".deleted-"; // a bundle on its way out; not a run's name, so it is listed nowhere
const JUST_MADE_MS = 10_000; // so old may a folder be whose record is about to be written

/** All of them or, with an error, none. Those that are not there any more are passed over. */
export async function deleteRuns(runIds: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const runId of runIds) if (await mayBeDeleted(runId)) there.push(runId);
  for (const runId of there) {
    const leaving = join(runsFolder(), `${LEAVING}${runId}-${randomBytes(4).toString("hex")}`);
    try {
      await rename(join(runsFolder(), runId), leaving); // gone at once, also when this program is killed now
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
  if (there.length > 0) await sweep();
}

/** False: it is not there. A link in a bundle's place is no bundle. */
async function mayBeDeleted(runId: string): Promise<boolean> {
  if (!isRunId(runId)) throw new PhononError("bad_request", `${JSON.stringify(runId)} is not a run's name.`);
  const stat = await lstat(join(runsFolder(), runId)).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (stat === undefined) return false;
  if (!stat.isDirectory()) throw new PhononError("no_such_run", `${runId} is not a run but something else.`);
  const { signature, listing } = await listBundle(runId);
  const justMade = signature.startsWith("-") && Math.abs(Date.now() - stat.mtimeMs) < JUST_MADE_MS;
  if (listing.status === "running" || justMade) {
    throw new PhononError("run_in_use", `Run ${runId} is still being written. Cancel it, or wait for its end.`);
  }
  return true;
}

/** Also what a program left that was killed in the middle. Removing follows no links. */
async function sweep(): Promise<void> {
  for (const name of await readdir(runsFolder())) {
    if (name.startsWith(LEAVING)) await rm(join(runsFolder(), name), { recursive: true, force: true });
  }
}
