/**
 * The parts of adbkit that are used here, typed as far as they are used: adbkit answers in Bluebird promises, whose types
 * it does not bring along. They are CommonJS, which test runner and Node import in different ways; `require` is one.
 */
import { createRequire } from "node:module";
import type { Socket } from "node:net";

export interface Parser {
  readAscii(bytes: number): PromiseLike<string>;
  readBytes(bytes: number): PromiseLike<Buffer>;
  /** Four hexadecimal digits of length, then as many bytes. */
  readValue(): PromiseLike<Buffer>;
  /** Rejects with the text of a FAIL. */
  readError(): PromiseLike<never>;
  /** Destroys the stream, whose state is unknown now, and rejects. */
  unexpected(data: string, expected: string): PromiseLike<never>;
}

export interface Connection {
  readonly socket: Socket;
  readonly parser: Parser;
  connect(): PromiseLike<unknown>;
  write(data: Buffer): this;
  on(event: "error", listener: (error: Error) => void): this;
  /** Called by `connect` once when nobody listens on the server's port. */
  startServer(): PromiseLike<unknown>;
}

type CommandClass<Arguments extends unknown[], Result> = new (connection: Connection) => {
  execute(...args: Arguments): PromiseLike<Result>;
};

const require = createRequire(import.meta.url);
const adb = "@devicefarmer/adbkit/dist/src/adb";

export const { default: ConnectionBase } = require(`${adb}/connection.js`) as {
  default: new (options: { host: string; port: number }) => Connection;
};
export const { HostTransportCommand: TransportCommand } = require(`${adb}/command/host/index.js`) as {
  HostTransportCommand: CommandClass<[serial: string], boolean>;
};
export const { ListForwardsCommand } = require(`${adb}/command/host-serial/index.js`) as {
  ListForwardsCommand: CommandClass<[serial: string], { serial: string; local: string; remote: string }[]>;
};
