/**
 * Brings a file to a device: resumable, verified, moved into place when it is whole.
 *
 * adb's sync protocol is the fastest way in, but always begins a file anew. So the file goes in pieces, each one sent
 * under a name of its own and then written by the device's `dd` to its place in FILE.part, whose size tells where the
 * next push begins. Pieces are written in place, never appended: after an unplug, adb may still bring in bytes of the
 * push that was given up, and whoever writes, the same bytes come to the same places. The agent's own messages are not
 * used for this: it works before any agent runs, needs nothing of it, and the agents come the same way.
 */
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { PhononError } from "../../base/errors.js";
import { ProgressMeter } from "../progress-meter.js";
import type { Progress } from "../target.js";
import { readSpace } from "./facts.js";
import { runOk } from "./exec.js";
import { fileSize, remoteSha256, removeFile } from "./remote-file.js";
import { Nested, sh } from "./shell-text.js";
import { syncSend } from "./sync-send.js";

export interface PushOptions {
  localPath: string;
  bytes: number;
  sha256: string;
  folder: string; // on the device; path lies in it
  path: string;
  executable?: boolean;
  /** Bytes of a piece, a multiple of 64 KiB: at most this much is sent again after an unplug. */
  pieceBytes?: number;
  /** A link that takes no byte for so long is given up. */
  stallMs?: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

const blockBytes = 65_536; // what dd counts places in
const usualPieceBytes = 1024 * blockBytes;
const usualStallMs = 15_000;
const slowestFlushBytesPerMs = 20_000;
/** What is left free on the device, the piece on its way included: a phone without any space misbehaves. */
const reserveBytes = 64 * 1024 * 1024 + usualPieceBytes;

/** Bytes that went over the cable; 0: the file was there. */
export async function pushFile(serial: string, options: PushOptions): Promise<number> {
  const { path, bytes, signal } = options;
  // Files get their final names only when their hashes have been checked, so size and name suffice.
  if ((await fileSize(serial, path, signal)) === bytes) return 0;
  const part = `${path}.part`;
  await prepareFolder(serial, options.folder, signal);
  const before = (await fileSize(serial, part, signal)) ?? 0;
  if (before > bytes) await removeFile(serial, part, signal);
  const begin = before > bytes ? 0 : before - (before % blockBytes);
  await checkSpace(serial, bytes - begin, signal);
  const file = await open(options.localPath);
  try {
    await sendPieces(serial, file, part, begin, options);
    await verify(serial, part, options);
  } catch (error) {
    // Another push of the same file may have moved it into place under our hands.
    const ours = !(error instanceof PhononError) || !["device_failed", "push_mismatch"].includes(error.code);
    if (ours || (await fileSize(serial, path, signal)) !== bytes) throw error;
  } finally {
    await file.close();
  }
  return bytes - begin;
}

/** Pieces that are left from a push that broke off belong to nobody after an hour. */
async function prepareFolder(serial: string, folder: string, signal?: AbortSignal): Promise<void> {
  const command = sh`mkdir -p ${folder} && find ${folder} -name '*.piece-*' -mmin +60 -exec rm -f {} +`;
  await runOk(serial, command, { what: "Making a folder", ms: 10_000, signal });
}

async function sendPieces(
  serial: string,
  file: FileHandle,
  part: string,
  begin: number,
  options: PushOptions,
): Promise<void> {
  const { bytes, path, signal, onProgress, pieceBytes = usualPieceBytes, stallMs = usualStallMs } = options;
  const meter = new ProgressMeter("pushing", bytes, begin, onProgress);
  const onSent = (count: number): void => meter.add(count);
  const piece = `${path}.piece-${randomBytes(8).toString("hex")}`;
  for (let from = begin; from < bytes; from += pieceBytes) {
    const length = Math.min(pieceBytes, bytes - from);
    await syncSend({ serial, file, from, length, path: piece, onSent, stallMs, signal });
    const write = sh`dd if=${piece} of=${part} bs=${blockBytes} seek=${from / blockBytes} conv=notrunc 2>&1`;
    const all = sh`${new Nested(write)} && rm ${piece} && stat -c %s ${part}`;
    const output = await runOk(serial, all, { what: "Writing a piece", ms: 60_000, signal });
    const size = Number(/(\d{1,15})\s*$/.exec(output)?.[1] ?? Number.NaN);
    if (!(size >= from + length && size <= bytes)) {
      await refuse(serial, part, `${part} has ${size} bytes of ${from + length}`);
    }
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
  // Its name says that it is whole, also after a phone's crash: so its bytes go to the flash first.
  const flushMs = 30_000 + bytes / slowestFlushBytesPerMs;
  await runOk(serial, sh`sync ${part}`, { what: "Writing a file out", ms: flushMs, signal });
  const mode = options.executable ? 755 : 644;
  const pieces = sh`find ${options.folder} -name '${posix.basename(path)}.piece-*' -exec rm -f {} +`;
  const move = sh`chmod ${mode} ${part} && mv ${part} ${path} && ${new Nested(pieces)}`;
  await runOk(serial, move, { what: "Moving a file into place", ms: 10_000, signal });
}

async function refuse(serial: string, part: string, why: string): Promise<never> {
  await removeFile(serial, part);
  throw new PhononError(
    "push_mismatch",
    `What arrived on ${serial} is not what was sent: ${why}. It was removed there. Push again, and use another cable or ` +
      "port if this happens twice.",
  );
}
