/**
 * The WebSocket half of the browser shell. One connection per tab, JSON messages:
 *   from the tab   {"id": 1, "channel": "targets.list", "request": null}
 *   to the tab     {"id": 1, "reply": {"ok": true, "response": [...]}}   one for each, in any order
 *                  {"event": "targets.changed", "payload": [...]}
 */
import { z } from "zod";
import type { WebSocket } from "ws";
import type { Control } from "../ipc/handlers.js";
import type { Client } from "../ipc/subscription.js";

export const MAX_MESSAGE_BYTES = 1_048_576; // from a tab
export const MAX_CLIENTS = 64;
const MAX_PENDING = 64; // calls of one tab that are under way
const HIGH_WATER_BYTES = 4_194_304; // unsent bytes above which a tab is given time
const DEAD_BYTES = 67_108_864; // unsent bytes above which a tab is given up; it can come back and catch up
const DRAIN_POLL_MS = 20;
const HEARTBEAT_MS = 15_000;

const callSchema = z.strictObject({ id: z.int().min(0), channel: z.string().max(64), request: z.unknown() });

/** A tab that breaks the protocol is closed: what it meant is not known. */
const CLOSE_UNSUPPORTED = 1003;
const CLOSE_POLICY = 1008;

export function serveSocket(socket: WebSocket, control: Control): void {
  const client = clientOf(socket);
  let pending = 0;
  let alive = true;

  const heartbeat = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, HEARTBEAT_MS);
  socket.on("pong", () => {
    alive = true;
  });

  socket.on("message", (data, isBinary) => {
    alive = true;
    const call = isBinary ? undefined : parse((data as Buffer).toString()); // a Buffer, as binaryType says by default
    if (call === undefined) {
      socket.close(CLOSE_UNSUPPORTED, "malformed message");
      return;
    }
    if (pending >= MAX_PENDING) {
      socket.close(CLOSE_POLICY, "too many calls at once");
      return;
    }
    pending++;
    void control.call(client, call.channel, call.request).then((reply) => {
      pending--;
      sendTo(socket, { id: call.id, reply });
    });
  });
  socket.on("error", () => socket.terminate()); // ws closes with the fitting code; a message over the limit ends here
  socket.on("close", () => {
    clearInterval(heartbeat);
    control.disconnect(client);
  });
  control.connect(client);
}

function parse(data: string): z.output<typeof callSchema> | undefined {
  try {
    return callSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined; // not JSON
  }
}

function sendTo(socket: WebSocket, message: unknown): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify(message));
  if (socket.bufferedAmount > DEAD_BYTES) socket.terminate();
}

function clientOf(socket: WebSocket): Client {
  return {
    send: (name, payload) => sendTo(socket, { event: name, payload }),
    async ready() {
      while (socket.readyState === socket.OPEN && socket.bufferedAmount > HIGH_WATER_BYTES) {
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      }
      return socket.readyState === socket.OPEN;
    },
  };
}
