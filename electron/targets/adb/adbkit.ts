/**
 * The parts of adbkit that are used here, typed as far as they are used. adbkit answers in Bluebird promises whose
 * types it does not bring along; as promises they are PromiseLike.
 */
import type { Socket } from "node:net";
import AdbkitConnection from "@devicefarmer/adbkit/dist/src/adb/connection.js";
import host from "@devicefarmer/adbkit/dist/src/adb/command/host/index.js";
import hostSerial from "@devicefarmer/adbkit/dist/src/adb/command/host-serial/index.js";

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

interface Command<Arguments extends unknown[], Result> {
  execute(...args: Arguments): PromiseLike<Result>;
}
type CommandClass<Arguments extends unknown[], Result> = new (connection: Connection) => Command<Arguments, Result>;

export const ConnectionBase = AdbkitConnection.default as unknown as new (options: {
  host: string;
  port: number;
}) => Connection;
export const TransportCommand = host.HostTransportCommand as unknown as CommandClass<[serial: string], boolean>;
export const VersionCommand = host.HostVersionCommand as unknown as CommandClass<[], number>;
export const DevicesCommand = host.HostDevicesCommand as unknown as CommandClass<[], { id: string; type: string }[]>;
export const ListForwardsCommand = hostSerial.ListForwardsCommand as unknown as CommandClass<
  [serial: string],
  { serial: string; local: string; remote: string }[]
>;
