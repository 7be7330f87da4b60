/** A browser shell over a control side in memory, and tabs as bare sockets. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket, type ClientOptions } from "ws";
import type { ControlSide } from "../../../electron/ipc/side.js";
import { startBrowserShell, type BrowserShell } from "../../../electron/shell/browser.js";

export interface Tab {
  socket: WebSocket;
  messages: Record<string, unknown>[];
  closed: Promise<number>;
  say(message: unknown): void;
  /** Calls a channel and waits for its reply. */
  call(channel: string, request: unknown): Promise<unknown>;
  /** The seqs of all events that came, in order. */
  seqs(): number[];
}

export interface OpenShell {
  shell: BrowserShell;
  folder: string; // of the assets
  headers: { cookie: string; origin: string };
  open(options?: ClientOptions, path?: string): Promise<Tab>;
  close(): Promise<void>;
}

export async function openShell(side: ControlSide): Promise<OpenShell> {
  const folder = await mkdtemp(join(tmpdir(), "phonon-socket-"));
  await writeFile(join(folder, "index.html"), "<!doctype html>");
  const shell = await startBrowserShell({ side, open: false, assets: folder, log: () => undefined });
  const token = new URL(shell.url).searchParams.get("token") ?? "";
  const headers = { cookie: `phonon-${shell.port}=${token}`, origin: `http://127.0.0.1:${shell.port}` };
  return {
    shell,
    folder,
    headers,
    open: (options = { headers }, path = "/socket") => openTab(`ws://127.0.0.1:${shell.port}${path}`, options),
    async close() {
      await shell.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function openTab(url: string, options: ClientOptions): Promise<Tab> {
  const socket = new WebSocket(url, options);
  const messages: Record<string, unknown>[] = [];
  const waiting = new Map<number, (reply: unknown) => void>();
  let nextId = 1_000_000;
  socket.on("message", (data) => {
    const message = JSON.parse((data as Buffer).toString()) as Record<string, unknown>;
    messages.push(message);
    waiting.get(message["id"] as number)?.(message["reply"]);
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  const say = (message: unknown) => socket.send(typeof message === "string" ? message : JSON.stringify(message));
  const call = (channel: string, request: unknown) =>
    new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      say({ id, channel, request });
    });
  const seqs = () =>
    messages
      .filter((message) => message["event"] === "run.events")
      .flatMap((message) => (message["payload"] as { events: { seq: number }[] }).events.map(({ seq }) => seq));
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve({ socket, messages, closed, say, call, seqs }));
    socket.on("unexpected-response", (_request, response) => reject(new Error(String(response.statusCode))));
    socket.on("error", reject);
  });
}
