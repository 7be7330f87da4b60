/**
 * Brings a file to a device: resumable, verified, moved into place when it is whole.
 *
 * Bytes go through `head -c N >> FILE.part` on an `exec:` stream, not through adb's sync protocol, which cannot append,
 * and not through a message of the agent's: this works before any agent runs, needs nothing of it, and its own files
 * come the same way. toybox and coreutils both have these commands. The stream is cut into pieces: after each one the
 * device tells the size of FILE.part, so a second writer or a lost byte shows early, and no count passes 32 bits.
 */
import { open } from "node:fs/promises";
import { PhononError } from "../../base/errors.js";
import type { Progress } from "../target.js";
import { readSpace } from "./facts.js";
import { runOk } from "./exec.js";
import { ProgressMeter } from "../progress-meter.js";
import { fileSize, remoteSha256, removeFile } from "./remote-file.js";
import { sendPiece } from "./send-piece.js";
import { sh } from "./shell-text.js";

export interface PushOptions {
  localPath: string;
  bytes: number;
  sha256: string;
  folder: string; // on the device; path lies in it
  path: string;
  executable?: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

const pieceBytes = 128 * 1024 * 1024;
/** What is left free on the device: a phone without any space misbehaves. */
const reserveBytes = 64 * 1024 * 1024;

/** Bytes that went over the cable; 0: the file was there. */
export async function pushFile(serial: string, options: PushOptions): Promise<number> {
  const { path, bytes, signal } = options;
  // Files get their final names only when their hashes have been checked, so size and name suffice.
  if ((await fileSize(serial, path, signal)) === bytes) return 0;
  const part = `${path}.part`;
  await runOk(serial, sh`mkdir -p ${options.folder}`, { what: "Making a folder", ms: 10_000, signal });
  let there = await settledSize(serial, part, signal);
  if (there > bytes) {
    await removeFile(serial, part, signal);
    there = 0;
  }
  await checkSpace(serial, bytes - there, signal);
  const meter = new ProgressMeter("pushing", bytes, there, options.onProgress);
  const begin = there;
  const file = await open(options.localPath);
  try {
    while (there < bytes) {
      const length = Math.min(pieceBytes, bytes - there);
      const size = await sendPiece({ serial, file, from: there, length, part, meter, signal });
      there += length;
      if (size !== there) await refuse(serial, part, `${part} has ${size} bytes where ${there} were due`);
    }
  } finally {
    await file.close();
  }
  await verify(serial, part, options);
  return bytes - begin;
}

/** Another writer's last bytes may still be on their way into the file after its connection has ended. */
async function settledSize(serial: string, part: string, signal?: AbortSignal): Promise<number> {
  for (let size = await fileSize(serial, part, signal); ;) {
    if (size === null) return 0;
    const again = await fileSize(serial, part, signal);
    if (again === size) return size;
    size = again;
  }
}

async function checkSpace(serial: string, needed: number, signal?: AbortSignal): Promise<void> {
  const space = await readSpace(serial, signal);
  if (!space || space.freeBytes >= needed + reserveBytes) return;
  const mib = (bytes: number): string => `${Math.ceil(bytes / 1048576)} MiB`;
  throw new PhononError(
    "no_space",
    `${serial} has ${mib(space.freeBytes)} free, but ${mib(needed + reserveBytes)} are needed. Delete something there, ` +
      "or remove models that Phonon brought there.",
  );
}

async function verify(serial: string, part: string, options: PushOptions): Promise<void> {
  const { path, bytes, sha256, signal } = options;
  options.onProgress?.({ phase: "verifying", done: bytes, total: bytes, bytesPerSecond: null, etaSeconds: null });
  // An empty file has no .part: nothing was sent.
  if (bytes === 0) await runOk(serial, sh`touch ${part}`, { what: "Making a file", ms: 10_000, signal });
  const found = await remoteSha256(serial, part, bytes, signal);
  if (found !== sha256) await refuse(serial, part, `its SHA-256 there is ${found}, not ${sha256}`);
  const mode = options.executable ? 755 : 644;
  const move = sh`chmod ${mode} ${part} && mv ${part} ${path}`;
  await runOk(serial, move, { what: "Moving a file into place", ms: 10_000, signal });
}

async function refuse(serial: string, part: string, why: string): Promise<never> {
  await removeFile(serial, part);
  throw new PhononError(
    "push_mismatch",
    `What arrived on ${serial} is not what was sent: ${why}. It was removed there. Push again, and use another cable or ` +
      "port if this happens twice; two pushes of one file at the same time do it too.",
  );
}
