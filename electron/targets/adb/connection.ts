/** One connection to the adb server per operation, with an end: on time, by a signal, by success or by failure. */
import type { Socket } from "node:net";
import { PhononError } from "../../base/errors.js";
import { untilAborted, withLimit } from "../../base/time.js";
import { ConnectionBase, TransportCommand } from "./adbkit.js";
import type { Connection } from "./adbkit.js";
import { explain } from "./failures.js";
import { serverPort, startServer } from "./server.js";

export interface Operation {
  /** For error messages: "listing devices". */
  what: string;
  ms: number;
  signal?: AbortSignal | undefined;
  /** Whether a server that is not running is started; default true. */
  startServer?: boolean;
}

/** adbkit's connection, with a start of the server that ends and explains itself. */
class ServerConnection extends ConnectionBase {
  constructor(private readonly mayStart: boolean) {
    super({ host: "127.0.0.1", port: serverPort() });
    this.on("error", () => undefined); // reported by the operation that meets it
  }

  override startServer(): Promise<void> {
    if (this.mayStart) return startServer();
    return Promise.reject(
      new PhononError(
        "adb_not_running",
        "The adb server is not running. Run `adb start-server`: phones are then listed again.",
      ),
    );
  }
}

/** Runs `work` on a fresh connection, which is destroyed when it ends, in whatever way. */
export async function withConnection<T>(
  operation: Operation,
  work: (connection: Connection, signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const connection = new ServerConnection(operation.startServer ?? true);
  const connectLimit = { ms: 25_000, error: () => silent(operation), signal: operation.signal };
  try {
    await withLimit(connectLimit, async (signal) => {
      const connecting = connection.connect();
      // Where a start of the server outlives the limit, its connection comes too late.
      connecting.then(
        () => signal.aborted && connection.socket.destroy(),
        () => undefined,
      );
      await untilAborted(connecting, signal);
    });
    const limit = { ms: operation.ms, error: () => silent(operation), signal: operation.signal };
    return await withLimit(limit, (signal) => work(connection, signal));
  } catch (error) {
    operation.signal?.throwIfAborted();
    throw explain(error, operation.what);
  } finally {
    (connection.socket as Socket | undefined)?.destroy();
  }
}

/** As `withConnection`, on a connection to a service of a device's adbd. */
export function withService<T>(
  serial: string,
  service: string,
  operation: Operation,
  work: (connection: Connection, signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const what = `${operation.what} on ${serial}`;
  return withConnection({ ...operation, what }, async (connection, signal) => {
    await new TransportCommand(connection).execute(checkSerial(serial));
    await request(connection, service);
    return work(connection, signal);
  });
}

/** Sends a request and reads its OKAY. */
export async function request(connection: Connection, body: string): Promise<void> {
  const bytes = Buffer.from(body);
  if (bytes.length > 0xffff) throw new Error(`adb request of ${bytes.length} bytes`);
  connection.write(Buffer.concat([Buffer.from(bytes.length.toString(16).padStart(4, "0").toUpperCase()), bytes]));
  await readOkay(connection);
}

export async function readOkay(connection: Connection): Promise<void> {
  const reply = await connection.parser.readAscii(4);
  if (reply === "FAIL") await connection.parser.readError();
  else if (reply !== "OKAY") await connection.parser.unexpected(reply, "OKAY or FAIL");
}

/** Serials are parts of requests, so they hold nothing that could be another part. */
export function checkSerial(serial: string): string {
  if (/^[A-Za-z0-9._:[\]%@+-]{1,128}$/.test(serial)) return serial;
  throw new PhononError(
    "bad_request",
    `"${serial.slice(0, 40)}" is no device's serial number; see \`phonon devices\`.`,
  );
}

function silent(operation: Operation): PhononError {
  return new PhononError(
    "adb_silent",
    `adb did not answer within ${operation.ms / 1000} s (${operation.what}). Check the cable; if it stays so, run ` +
      "`adb kill-server` and try again.",
  );
}
