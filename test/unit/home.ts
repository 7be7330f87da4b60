/** A data folder of a test's own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** Every test of the file gets an empty $PHONON_HOME, which is removed afterwards. Returns where it is. */
export function useTemporaryHome(): () => string {
  let folder = "";
  let before: string | undefined;
  beforeEach(async () => {
    before = process.env["PHONON_HOME"];
    folder = await mkdtemp(join(tmpdir(), "phonon-home-"));
    process.env["PHONON_HOME"] = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env["PHONON_HOME"];
    else process.env["PHONON_HOME"] = before;
    await rm(folder, { recursive: true, force: true });
  });
  return () => folder;
}
