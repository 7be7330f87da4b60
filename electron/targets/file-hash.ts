/** SHA-256 of files on this computer, remembered in the data folder: hashing tens of gigabytes takes minutes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { writeJson } from "../base/atomic.js";
import { PhononError, hasCode } from "../base/errors.js";
import { phononHome } from "../base/home.js";
import { ProgressMeter } from "./progress-meter.js";
import type { Progress } from "./target.js";

const entry = z.object({
  size: z.number(),
  mtimeNs: z.string(),
  inode: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const memory = z.record(z.string(), entry);
type Memory = z.output<typeof memory>;

const mostEntries = 500;

export interface HashedFile {
  path: string;
  bytes: number;
  sha256: string;
}

export interface HashOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** A remembered hash holds as long as path, size, time of change and inode are the same. */
export async function hashFile(file: string, options: HashOptions = {}): Promise<HashedFile> {
  const path = resolve(file);
  const before = await identify(path);
  const known = (await recall())[path];
  if (known && same(known, before)) return { path, bytes: before.size, sha256: known.sha256 };
  const sha256 = await compute(path, before.size, options);
  if (!same(await identify(path), before)) {
    throw new PhononError("file_changed", `${path} changed while it was read. Try again when it is whole.`);
  }
  await remember(path, { ...before, sha256 });
  return { path, bytes: before.size, sha256 };
}

/** The hash if it is remembered and the file has not changed since; null: only reading all of it would tell. */
export async function knownHash(file: string): Promise<string | null> {
  const path = resolve(file);
  const known = (await recall())[path];
  return known && same(known, await identify(path)) ? known.sha256 : null;
}

type Identity = Omit<z.output<typeof entry>, "sha256">;

const same = (a: Identity, b: Identity): boolean => a.size === b.size && a.mtimeNs === b.mtimeNs && a.inode === b.inode;

async function identify(path: string): Promise<Identity> {
  try {
    const status = await stat(path, { bigint: true });
    if (!status.isFile()) throw new PhononError("file_invalid", `${path} is no file.`);
    return { size: Number(status.size), mtimeNs: String(status.mtimeNs), inode: String(status.ino) };
  } catch (error) {
    if (!hasCode(error, "ENOENT") && !hasCode(error, "ENOTDIR")) throw error;
    throw new PhononError("file_missing", `${path} does not exist.`, { cause: error });
  }
}

async function compute(path: string, bytes: number, options: HashOptions): Promise<string> {
  const hash = createHash("sha256");
  const meter = new ProgressMeter("hashing", bytes, 0, options.onProgress);
  const stream = createReadStream(path, { highWaterMark: 1 << 20, signal: options.signal });
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    meter.add((chunk as Buffer).length);
  }
  return hash.digest("hex");
}

const memoryPath = (): string => join(phononHome(), "hashes.json");

async function recall(): Promise<Memory> {
  try {
    return memory.parse(JSON.parse(await readFile(memoryPath(), "utf-8")));
  } catch {
    return {}; // missing or damaged: only time is lost
  }
}

async function remember(path: string, known: Memory[string]): Promise<void> {
  const others = Object.entries(await recall()).filter(([other]) => other !== path);
  const entries = [...others.slice(1 - mostEntries), [path, known] as const];
  await mkdir(phononHome(), { recursive: true });
  await writeJson(memoryPath(), Object.fromEntries(entries));
}
