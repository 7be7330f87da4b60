/** A part of a file, appended to FILE.part on the device. */
import type { FileHandle } from "node:fs/promises";
import type { Socket } from "node:net";
import { PhononError } from "../../base/errors.js";
import { delay, untilAborted } from "../../base/time.js";
import { failed, parseOutcome, readAll, withExec, withStatus } from "./exec.js";
import type { ProgressMeter } from "../progress-meter.js";
import { sh } from "./shell-text.js";

export interface Piece {
  serial: string;
  file: FileHandle;
  from: number;
  length: number;
  part: string; // path on the device
  meter: ProgressMeter;
  signal?: AbortSignal | undefined;
}

const chunkBytes = 256 * 1024;
/** A link that takes no byte for so long hangs: adb itself would wait for ever. */
const stallMs = 15_000;
/** The device may have to write out what it has buffered before it answers. */
const answerMs = 30_000;
const longestPieceMs = 3_600_000;

/** Sends the bytes; returns the size of FILE.part after them. */
export async function sendPiece(piece: Piece): Promise<number> {
  const { serial, length, part } = piece;
  const what = `Pushing to ${serial}`;
  const append = withStatus(sh`head -c ${length} >> ${part} && stat -c %s ${part}`);
  const operation = { what: "Pushing", ms: longestPieceMs, signal: piece.signal };
  return withExec(serial, append, operation, async (socket, signal) => {
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    const stall = new Watchdog(() => stop.abort(stalled(serial, piece.meter.done)));
    try {
      const answer = readAll(socket, what);
      // The answer comes before all is sent only if the device gave up, for want of space, say.
      const sent = send(piece, socket, stall, stopped);
      const early = await untilAborted(Promise.race([sent, answer]), stopped);
      stall.extend(answerMs);
      const { status, output } = parseOutcome(early ?? (await untilAborted(answer, stopped)), what);
      if (status !== 0) throw failed(what, status, output);
      return Number(/(\d{1,15})\s*$/.exec(output)?.[1] ?? Number.NaN);
    } finally {
      stop.abort();
      stall.stop();
    }
  });
}

async function send(piece: Piece, socket: Socket, stall: Watchdog, signal: AbortSignal): Promise<undefined> {
  const stopped = (): boolean => signal.aborted || socket.destroyed;
  for (let at = 0; at < piece.length && !stopped();) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, piece.length - at));
    const { bytesRead } = await piece.file.read(buffer, 0, buffer.length, piece.from + at);
    if (bytesRead === 0) {
      throw new PhononError(
        "file_changed",
        "The file became shorter while it was pushed. Push it again when it is whole.",
      );
    }
    at += bytesRead;
    if (!socket.write(buffer.subarray(0, bytesRead))) await drained(socket);
    stall.extend(stallMs);
    piece.meter.add(bytesRead);
  }
  // Once stopped there is nothing to say: the watchdog, the caller or the answer says it.
  if (stopped()) await delay(answerMs, signal);
  return undefined;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off("drain", go).off("close", go);
      resolve();
    };
    socket.on("drain", go).on("close", go);
  });
}

/** Barks when it is not extended in time. */
class Watchdog {
  private timer: NodeJS.Timeout;

  constructor(private readonly bark: () => void) {
    this.timer = setTimeout(bark, stallMs);
  }

  extend(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

function stalled(serial: string, done: number): PhononError {
  return new PhononError(
    "link_stalled",
    `${serial} took no data for ${stallMs / 1000} s (${done} bytes are there). Check the cable, then push again: it goes ` +
      "on where it stopped.",
  );
}
