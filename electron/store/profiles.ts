/** What was measured of targets: one file per target, the latest measurement. */
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { deviceFacts, hardwareProfile } from "../agent/messages.js";
import { writeJson } from "../base/atomic.js";
import { hasCode, PhononError } from "../base/errors.js";
import { phononHome } from "../base/home.js";

const VERSION = 1;
const MOST_BYTES = 16 * 1024 ** 2; // of a file; a large phone's has 100 kB

export const profileRecordSchema = z.object({
  version: z.literal(VERSION),
  target: z.string().max(1024),
  measured_at: z.iso.datetime(),
  agent_build: z.string().max(1024),
  device: deviceFacts,
  profile: hardwareProfile,
});

export type ProfileRecord = z.output<typeof profileRecordSchema>;

/** Replaces what was measured before; returns the file. */
export async function keepProfile(record: Omit<ProfileRecord, "version">): Promise<string> {
  const path = fileOf(record.target);
  await mkdir(join(path, ".."), { recursive: true });
  await writeJson(path, { version: VERSION, ...record });
  return path;
}

/** Undefined: it has not been measured. What earlier agents did not measure is missing, as the schema says. Throws "profile_damaged" where the file is no profile. */
export async function readProfile(target: string): Promise<ProfileRecord | undefined> {
  const path = fileOf(target);
  try {
    if ((await stat(path)).size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
    return profileRecordSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw new PhononError(
      "profile_damaged",
      `${path} holds no profile; \`phonon probe --target ${target}\` makes one.`,
      {
        cause: error,
      },
    );
  }
}

/** Ids hold what no file name may; of "local" and "adb:..." none is "." or "..". */
const fileOf = (target: string): string => join(phononHome(), "profiles", `${encodeURIComponent(target)}.json`);
