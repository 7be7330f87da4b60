/**
 * The client in a browser, over a WebSocket. It reconnects by itself; calls under way when the connection is lost
 * fail with "connection_lost", for nobody knows whether they were carried out.
 */
import type { EventName, Reply } from "../../electron/ipc/contract.js";
import { CallError, Listeners, unwrap, type Connection, type PhononClient } from "./client.js";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;

type Incoming = { id: number; reply: Reply } | { event: EventName; payload: unknown };

interface Pending {
  resolve: (reply: Reply) => void;
  reject: (error: CallError) => void;
}

export interface SocketOptions {
  open: () => WebSocket;
  /** Whether the server is there and refuses us; false when it cannot be reached. */
  refused: () => Promise<boolean>;
}

export function socketClient({ open, refused }: SocketOptions): PhononClient {
  const listeners = new Listeners();
  const watchers = new Set<(connection: Connection) => void>();
  const pending = new Map<number, Pending>();
  let connection: Connection = "connecting";
  let socket: WebSocket | undefined;
  let nextId = 1;
  let wait = FIRST_WAIT_MS;

  function become(next: Connection): void {
    if (next === connection) return;
    connection = next;
    watchers.forEach((watcher) => watcher(next));
  }

  function onMessage({ data }: MessageEvent): void {
    const message = JSON.parse(String(data)) as Incoming;
    if ("event" in message) listeners.emit(message.event, message.payload);
    else {
      pending.get(message.id)?.resolve(message.reply);
      pending.delete(message.id);
    }
  }

  async function onClose(): Promise<void> {
    const wasOpen = connection === "open";
    socket = undefined;
    for (const { reject } of pending.values()) reject(lost());
    pending.clear();
    if (!wasOpen && (await refused())) {
      become("refused");
      return;
    }
    become("lost");
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }

  function connect(): void {
    const opening = open();
    opening.onopen = () => {
      socket = opening;
      wait = FIRST_WAIT_MS;
      become("open");
    };
    opening.onmessage = onMessage;
    opening.onclose = () => void onClose();
  }

  connect();
  return {
    async call(channel, request) {
      const reply = await new Promise<Reply>((resolve, reject) => {
        if (socket?.readyState !== 1) {
          reject(lost());
          return;
        }
        const id = nextId++;
        pending.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, channel, request }));
      });
      return unwrap(reply);
    },
    on: (name, listener) => listeners.add(name, listener),
    onConnection(watcher) {
      watchers.add(watcher);
      watcher(connection);
      return () => watchers.delete(watcher);
    },
  };
}

function lost(): CallError {
  return new CallError({ code: "connection_lost", message: "The connection to Phonon was lost before it answered." });
}

/** Connects to the server that this page came from. */
export function serverClient(): PhononClient {
  const url = new URL("/socket", location.href);
  url.protocol = "ws:";
  url.search = "";
  return socketClient({
    open: () => new WebSocket(url),
    async refused() {
      try {
        return (await fetch("/", { cache: "no-store" })).status === 401;
      } catch {
        return false; // nobody is there
      }
    },
  });
}
