/** The browser shell: the UI and the contract over HTTP and WebSocket, on this computer only. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import type { Control } from "../ipc/handlers.js";
import type { ControlSide } from "../ipc/side.js";
import { Access } from "./access.js";
import { loadAssets } from "./assets.js";
import { refuseUpgrade, rejectUpgrade, serveAssets } from "./http.js";
import { listen } from "./listen.js";
import { noBrowserReason, openUrl } from "./open-url.js";
import { rendererFolder } from "./paths.js";
import { MAX_CLIENTS, MAX_MESSAGE_BYTES, serveSocket } from "./socket.js";

export interface BrowserShellOptions {
  port?: number; // default: the first free one from 7333 on
  open?: boolean; // open the user's browser; default: where there is one
  side?: ControlSide; // default: the real one
  assets?: string; // folder of the built renderer
  log?: (line: string) => void; // default: standard error
}

export interface BrowserShell {
  readonly url: string; // with the token
  readonly port: number;
  /** Resolves when the shell has closed, by `close` or by a signal. */
  readonly closed: Promise<void>;
  /** Ends runs with their agents, connections and the server. */
  close(): Promise<void>;
}

export async function startBrowserShell(options: BrowserShellOptions = {}): Promise<BrowserShell> {
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const access = new Access();
  const assets = await loadAssets(options.assets ?? rendererFolder());
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 30_000 }, serveAssets(access, assets));
  const port = await listen(server, options.port);
  access.usePort(port);
  const control = makeControl(options.side);
  const sockets = serveUpgrades(server, access, control);

  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/?token=${access.token}`;
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= shutDown(server, sockets, control));
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  closeOnSignal(close, closed, log);

  log(`Phonon is at ${url}`);
  await openWhereWanted(options.open, `${origin}/?launch=${access.launchCode()}`, log);
  await control;
  return { url, port, close, closed };
}

/** Loaded while a browser loads the page. */
async function makeControl(side: ControlSide | undefined): Promise<Control> {
  const { createControl } = await import("../ipc/handlers.js");
  return createControl(side ?? (await import("./control.js")).realControl());
}

function serveUpgrades(
  server: ReturnType<typeof createServer>,
  access: Access,
  control: Promise<Control>,
): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const full = { status: 503, message: "Too many tabs are open." };
    const refusal = refuseUpgrade(access, request) ?? (sockets.clients.size < MAX_CLIENTS ? undefined : full);
    if (refusal) rejectUpgrade(socket, refusal);
    else {
      void control.then((made) => {
        sockets.handleUpgrade(request, socket, head, (webSocket) => serveSocket(webSocket, made));
      });
    }
  });
  return sockets;
}

async function shutDown(
  server: ReturnType<typeof createServer>,
  sockets: WebSocketServer,
  control: Promise<Control>,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  await (await control).close(); // first, so that tabs still see how their run ended
  for (const socket of sockets.clients) socket.close(1001, "Phonon was closed");
  sockets.close();
  const stragglers = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), 1000);
  server.closeAllConnections();
  await stopped;
  clearTimeout(stragglers);
}

/** The first signal closes in order; a second one does not wait. */
function closeOnSignal(close: () => Promise<void>, closed: Promise<void>, log: (line: string) => void): void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
    asked = true;
    log("Closing: ending runs and their agents. Once more to leave at once.");
    void close();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  void closed.then(() => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  });
}

async function openWhereWanted(open: boolean | undefined, url: string, log: (line: string) => void): Promise<void> {
  if (open === false) return;
  const reason = open === true ? undefined : noBrowserReason(process.env, process.platform);
  if (reason !== undefined) log(`No browser is opened: ${reason}. Open the address above yourself.`);
  else if (!(await openUrl(url))) log("No browser could be started. Open the address above yourself.");
}
