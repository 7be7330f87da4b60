/**
 * Bytes to lines to JSON values and back. After a "malformed" error the state of the stream is unknown: whoever catches
 * one destroys the connection.
 */
import { PhononError } from "./errors.js";

/** Longest line in bytes, without its newline. */
export const maxLineBytes = 1_048_576;
/** A deeper value is hostile: nothing in the protocol nests more than a handful of levels. */
const maxDepth = 32;

const newline = 0x0a;

/** Cuts a stream of chunks into lines. Holds at most one unfinished line. */
export class LineSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  /** The lines that this chunk completes, without their newlines. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.keep(chunk.subarray(start, end));
      lines.push(this.pending.length === 1 && this.pending[0] ? this.pending[0] : Buffer.concat(this.pending));
      this.pending = [];
      this.pendingBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
    return lines;
  }

  /** Whether the stream stopped in the middle of a line. */
  get unfinished(): boolean {
    return this.pendingBytes > 0;
  }

  private keep(part: Buffer): void {
    this.pendingBytes += part.length;
    if (this.pendingBytes > maxLineBytes) throw malformed(`a line is longer than ${maxLineBytes} bytes`);
    this.pending.push(part);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The JSON object on a line. */
export function decodeLine(line: Uint8Array): Record<string, unknown> {
  if (depthOf(line) > maxDepth) throw malformed(`a line nests deeper than ${maxDepth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(line));
  } catch (error) {
    throw malformed(`a line is not ${error instanceof SyntaxError ? "JSON" : "UTF-8"}: ${excerpt(line)}`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`a line holds no object: ${excerpt(line)}`);
  }
  return value as Record<string, unknown>;
}

/** A message as the bytes of its line, newline included. */
export function encodeLine(message: object): Buffer {
  const json = JSON.stringify(message, (key, value: unknown) => {
    // Half of a surrogate pair has no UTF-8; the other side would take the line for malformed and hang up.
    if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
      throw new PhononError("bad_request", `"${key}" holds half of a surrogate pair, which is no character.`);
    }
    return value;
  });
  const line = Buffer.from(json + "\n", "utf-8");
  if (line.length - 1 > maxLineBytes) {
    throw new PhononError(
      "line_too_long",
      `The message takes ${line.length - 1} bytes; the agent accepts at most ${maxLineBytes}. Shorten the text.`,
    );
  }
  return line;
}

export function malformed(what: string, cause?: unknown): PhononError {
  return new PhononError("malformed", `The agent does not keep to the protocol: ${what}.`, { cause });
}

/** The start of a line for an error message, with everything unprintable replaced. */
export function excerpt(line: Uint8Array): string {
  const start = Buffer.from(line.subarray(0, 80))
    .toString("latin1")
    .replace(/[^ -~]/g, "?");
  return line.length > 80 ? `${start}...` : start;
}

/** Deepest nesting of brackets outside of strings. */
function depthOf(line: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < line.length; i++) {
    const byte = line[i];
    if (inString) {
      if (byte === 0x5c)
        i++; // a backslash escapes what follows
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}
