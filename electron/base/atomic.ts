/** Files that are either complete or not there, whatever happens while they are written. */
import { randomBytes } from "node:crypto";
import { link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasCode, PhononError } from "./errors.js";

export interface AtomicOptions {
  /** Whether a file that is there may be replaced (default true). Without it: error "file_exists". */
  replace?: boolean;
}

/** Has `write` make the file beside the destination, under a name that is free, and then moves it there. */
export async function makeAtomic(
  path: string,
  write: (fresh: string) => Promise<void>,
  { replace = true }: AtomicOptions = {},
): Promise<void> {
  const fresh = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await write(fresh);
    await syncFile(fresh);
    if (replace) await rename(fresh, path);
    else await moveNew(fresh, path);
  } catch (error) {
    if (hasCode(error, "EEXIST")) {
      throw new PhononError("file_exists", `${path} is already there; choose another name, or add --force`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Writes text, or chunks as they come. */
export function writeAtomic(
  path: string,
  content: string | Iterable<string> | AsyncIterable<string>,
  options?: AtomicOptions,
): Promise<void> {
  const write = async (fresh: string): Promise<void> => {
    const file = await open(fresh, "wx");
    try {
      for await (const chunk of typeof content === "string" ? [content] : content) await file.write(chunk);
    } finally {
      await file.close();
    }
  };
  return makeAtomic(path, write, options);
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeAtomic(path, `${JSON.stringify(value, null, 2)}\n`);

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Unlike rename it fails when the destination is there. */
async function moveNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].some((code) => hasCode(error, code))) throw error;
    await (await open(to, "wx")).close(); // no hard links here: the name is reserved first
    await rename(from, to);
  }
}
