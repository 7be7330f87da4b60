/** Listening on loopback. A port that was asked for is taken or refused; otherwise the next free one will do. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PhononError, hasCode } from "../base/errors.js";

export const DEFAULT_PORT = 7333;
const TRIES = 20;

export async function listen(server: Server, asked: number | undefined): Promise<number> {
  const first = asked ?? DEFAULT_PORT;
  for (let port = first; ; port++) {
    try {
      return await tryPort(server, port);
    } catch (error) {
      if (asked === undefined && hasCode(error, "EADDRINUSE")) {
        if (port - first < TRIES) continue;
        return tryPort(server, 0); // whatever the system has
      }
      throw explain(error, port);
    }
  }
}

function tryPort(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explain(error: unknown, port: number): unknown {
  if (hasCode(error, "EADDRINUSE")) {
    const message = `Port ${port} on 127.0.0.1 is in use. Name another one, or none: then a free one is taken.`;
    return new PhononError("port_in_use", message, { cause: error });
  }
  if (hasCode(error, "EACCES")) {
    const message = `Port ${port} on 127.0.0.1 is reserved by the system. Name one above 1023.`;
    return new PhononError("port_denied", message, { cause: error });
  }
  return error;
}
