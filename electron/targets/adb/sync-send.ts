/** `sync:` service, SEND: a part of a file of this computer, as a file on the device. */
import type { FileHandle } from "node:fs/promises";
import { PhononError } from "../../base/errors.js";
import { untilAborted } from "../../base/time.js";
import type { Connection } from "./adbkit.js";
import { withService } from "./connection.js";

export interface Piece {
  serial: string;
  file: FileHandle;
  from: number;
  length: number;
  path: string; // on the device; replaced if it is there
  /** Told how many more bytes were taken. */
  onSent: (bytes: number) => void;
  /** A link that takes no byte for so long is given up: adb itself would wait for ever. */
  stallMs: number;
  signal?: AbortSignal | undefined;
}

const mode = 0o100644;
const chunkBytes = 65_536; // the longest DATA of the protocol
const longestPieceMs = 3_600_000;

/** Resolves when the device has the whole piece. */
export async function syncSend(piece: Piece): Promise<void> {
  const { serial } = piece;
  const operation = { what: "Pushing", ms: longestPieceMs, signal: piece.signal };
  await withService(serial, "sync:", operation, async (connection, signal) => {
    const stall = new Watchdog(serial, piece.stallMs);
    const stopped = AbortSignal.any([signal, stall.signal]);
    try {
      connection.socket.write(header("SEND", `${piece.path},${mode}`));
      // The answer comes before all is sent only if the device gave up, for want of space, say.
      const answer = readAnswer(connection);
      await untilAborted(Promise.race([send(piece, connection, stall, stopped), answer]), stopped);
      stall.extend(2 * piece.stallMs); // it may have to write out what it has buffered
      await untilAborted(answer, stopped);
    } finally {
      stall.stop();
    }
  });
}

async function send(piece: Piece, { socket }: Connection, stall: Watchdog, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < piece.length && !signal.aborted && !socket.destroyed;) {
    const length = Math.min(chunkBytes, piece.length - at);
    const message = Buffer.allocUnsafe(8 + length);
    message.write("DATA", 0, "latin1");
    message.writeUInt32LE(length, 4);
    const { bytesRead } = await piece.file.read(message, 8, length, piece.from + at);
    if (bytesRead < length) {
      throw new PhononError(
        "file_changed",
        "The file became shorter while it was pushed. Push it again when it is whole.",
      );
    }
    at += length;
    if (!socket.write(message)) await drained(socket);
    stall.extend(piece.stallMs);
    piece.onSent(length);
  }
  const done = Buffer.from("DONE\0\0\0\0", "latin1");
  done.writeUInt32LE(Math.floor(Date.now() / 1000), 4); // time of change
  socket.write(done);
}

function header(id: string, argument: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(argument));
  return Buffer.concat([Buffer.from(id, "latin1"), length, Buffer.from(argument)]);
}

async function readAnswer({ parser }: Connection): Promise<void> {
  const id = await parser.readAscii(4);
  const length = (await parser.readBytes(4)).readUInt32LE(0);
  if (id === "OKAY") return;
  if (id !== "FAIL" || length > 65_536) return parser.unexpected(id, "OKAY or FAIL");
  const said = (await parser.readBytes(length)).toString("utf-8");
  if (/No space left/i.test(said)) {
    throw new PhononError("no_space", "The phone's storage is full. Delete something there and push again.");
  }
  throw new PhononError("device_failed", `The phone refused the file: ${said.replace(/[^ -~]+/g, " ").slice(0, 300)}.`);
}

function drained(socket: Connection["socket"]): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off("drain", go).off("close", go);
      resolve();
    };
    socket.on("drain", go).on("close", go);
  });
}

/** Aborts its signal when it is not extended in time. */
class Watchdog {
  private readonly bite = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly serial: string,
    ms: number,
  ) {
    this.extend(ms);
  }

  get signal(): AbortSignal {
    return this.bite.signal;
  }

  extend(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.bite.abort(stalled(this.serial, ms)), ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

function stalled(serial: string, ms: number): PhononError {
  return new PhononError(
    "link_stalled",
    `${serial} took no data for ${ms / 1000} s. Check the cable, then push again: it goes on where it stopped.`,
  );
}
