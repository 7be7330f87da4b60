/**
 * SHA-256 of large files, remembered by path, size, inode and time of change: $PHONON_HOME/hashes.json. A model of
 * several gigabytes is then hashed once, not at every run.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeJson } from "../base/atomic.js";
import { phononHome } from "../base/home.js";

const MAX_KEPT = 200;
const schema = z.object({
  version: z.literal(1),
  hashes: z.array(z.object({ path: z.string(), key: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

const file = (): string => join(phononHome(), "hashes.json");

export interface HashOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void; // bytes
}

/** `path` is absolute. */
export async function sha256Of(path: string, { signal, onProgress }: HashOptions = {}): Promise<string> {
  const facts = await stat(path, { bigint: true });
  const key = [facts.size, facts.ino, facts.mtimeNs, facts.ctimeNs].join("-");
  const kept = (await read()).find((entry) => entry.path === path && entry.key === key);
  if (kept) return kept.sha256;

  const hash = createHash("sha256");
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    done += chunk.length;
    onProgress?.(done, Number(facts.size));
  }
  const sha256 = hash.digest("hex");
  const others = (await read()).filter((entry) => entry.path !== path);
  await mkdir(phononHome(), { recursive: true });
  await writeJson(file(), { version: 1, hashes: [{ path, key, sha256 }, ...others].slice(0, MAX_KEPT) });
  return sha256;
}

async function read(): Promise<z.infer<typeof schema>["hashes"]> {
  try {
    return schema.parse(JSON.parse(await readFile(file(), "utf8"))).hashes;
  } catch {
    return []; // none yet, or not readable: hashes can be made again
  }
}
