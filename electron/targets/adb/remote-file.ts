/** Files on the device. Paths are those of paths.ts. */
import { PhononError } from "../../base/errors.js";
import { delay, withLimit } from "../../base/time.js";
import { run, runOk } from "./exec.js";
import { sh } from "./shell-text.js";

const ms = 10_000;

/** Size in bytes; null: there is no such file. */
export async function fileSize(serial: string, path: string, signal?: AbortSignal): Promise<number | null> {
  const { status, output } = await run(serial, sh`stat -c %s ${path}`, { what: "Looking at a file", ms, signal });
  const size = /^\d{1,15}$/.exec(output.trim())?.[0];
  return status === 0 && size !== undefined ? Number(size) : null;
}

export async function removeFile(serial: string, path: string, signal?: AbortSignal): Promise<void> {
  await runOk(serial, sh`rm -f ${path}`, { what: "Removing a file", ms: 60_000, signal });
}

const pulseMs = 5_000;
/** Storage and processor of a slow phone hash at least this much. */
const slowestHashBytesPerMs = 20_000;

/**
 * SHA-256 of a file, computed there. That may take minutes, in which nothing comes over the cable; a pulse beside it
 * tells whether the link is still alive.
 */
export async function remoteSha256(serial: string, path: string, bytes: number, signal?: AbortSignal): Promise<string> {
  const limitMs = 30_000 + bytes / slowestHashBytesPerMs;
  const late = (): PhononError =>
    new PhononError("device_failed", `${serial} took more than ${Math.round(limitMs / 1000)} s to hash ${path}.`);
  return withLimit({ ms: limitMs, error: late, signal }, async (limited) => {
    const done = new AbortController();
    const stop = AbortSignal.any([limited, done.signal]);
    try {
      const hashing = runOk(serial, sh`sha256sum ${path}`, { what: "Hashing a file", ms: limitMs, signal: stop });
      const output = await Promise.race([hashing, pulse(serial, stop)]);
      const hash = /^\\?([0-9a-f]{64})\s/.exec(output)?.[1];
      if (hash === undefined) throw new PhononError("device_failed", `sha256sum on ${serial} gave no hash.`);
      return hash;
    } finally {
      done.abort();
    }
  });
}

/** Never resolves; rejects when the device does not answer any more. */
async function pulse(serial: string, signal: AbortSignal): Promise<never> {
  for (;;) {
    await delay(pulseMs, signal);
    await run(serial, sh`true`, { what: "Waiting for a hash", ms: 15_000, signal });
  }
}
