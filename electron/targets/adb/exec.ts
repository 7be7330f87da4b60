/** `exec:` service: a command on the device, its standard input, output and errors as one raw byte stream. */
import type { Socket } from "node:net";
import { PhononError } from "../../base/errors.js";
import { withService } from "./connection.js";
import type { Operation } from "./connection.js";
import { Nested, sh } from "./shell-text.js";
import type { ShellText } from "./shell-text.js";

/** Raw stream for `work`, which owns the framing. */
export function withExec<T>(
  serial: string,
  command: ShellText,
  operation: Operation,
  work: (socket: Socket, signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  return withService(serial, `exec:${command}`, operation, (connection, signal) => work(connection.socket, signal));
}

export interface Outcome {
  status: number;
  output: string; // standard output and errors as they came
}

const longestOutput = 1_048_576;
const mark = "phonon-exit:";

/** The command with its exit status as the last line: `exec:` itself does not tell it. */
export const withStatus = (command: ShellText): ShellText => sh`(${new Nested(command)}) 2>&1; echo "phonon-exit:$?"`;

/** Runs a command to its end. */
export async function run(serial: string, command: ShellText, operation: Operation): Promise<Outcome> {
  const output = await withExec(serial, withStatus(command), operation, (socket) => readAll(socket, operation.what));
  return parseOutcome(output, `${operation.what} on ${serial}`);
}

/** As `run`, for a command that must succeed; returns what it wrote. */
export async function runOk(serial: string, command: ShellText, operation: Operation): Promise<string> {
  const { status, output } = await run(serial, command, operation);
  if (status === 0) return output;
  throw failed(`${operation.what} on ${serial}`, status, output);
}

export async function readAll(socket: Socket, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > longestOutput) throw new PhononError("device_failed", `${what}: the device does not stop talking.`);
  }
  return Buffer.concat(chunks).toString("utf-8");
}

export function parseOutcome(text: string, what: string): Outcome {
  const at = text.lastIndexOf(mark);
  const status = /^(\d{1,3})\s*$/.exec(text.slice(at + mark.length))?.[1];
  if (at !== -1 && status !== undefined) return { status: Number(status), output: text.slice(0, at) };
  throw new PhononError("device_lost", `${what} broke off: the device was unplugged or its adbd ended.`);
}

export function failed(what: string, status: number, output: string): PhononError {
  const detail = output
    .trim()
    .replace(/[^ -~]+/g, " ")
    .slice(0, 300);
  if (/No space left/i.test(output)) {
    return new PhononError("no_space", `${what} failed: its storage is full. Delete something there and try again.`);
  }
  return new PhononError("device_failed", `${what} failed with status ${status}: ${detail || "no message"}.`);
}
