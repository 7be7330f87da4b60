/** The HTTP half of the browser shell: hands out the UI, and lets nobody else in. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Access } from "./access.js";
import type { Asset } from "./assets.js";
import { SECURITY_HEADERS } from "./headers.js";

export interface Refusal {
  status: number;
  message: string;
}

const NO_SESSION: Refusal = {
  status: 401,
  message:
    "This page needs the address that Phonon printed when it was started, with its token. " +
    "If Phonon was restarted since, its token is a new one.",
};

/** Serves GET and HEAD of the assets; everything else is refused. */
export function serveAssets(access: Access, assets: ReadonlyMap<string, Asset>) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const answer = answerTo(request, access, assets);
    if ("status" in answer) refuse(response, answer);
    else send(request, response, answer);
  };
}

interface Page {
  asset: Asset;
  headers: Record<string, string>;
}

function answerTo(request: IncomingMessage, access: Access, assets: ReadonlyMap<string, Asset>): Refusal | Page {
  const refusal = access.refuseOrigin(request, false);
  if (refusal) return refusal;
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, message: "Only GET is answered here." };
  }
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  // The token is answered with the page itself, not a redirect: after a link in another page, a redirected request
  // would come without the cookie.
  const fresh = path === "/" && query !== "" && access.acceptsUrl(new URLSearchParams(query));
  if (!fresh && !access.hasCookie(request)) return NO_SESSION;
  const asset = assets.get(path);
  if (asset === undefined) return { status: 404, message: "There is no such page." };
  return { asset, headers: fresh ? { "Set-Cookie": access.setCookie() } : {} };
}

function send(request: IncomingMessage, response: ServerResponse, { asset, headers }: Page): void {
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    ...headers,
    "Content-Type": asset.type,
    "Content-Length": asset.body.length,
    "Cache-Control": asset.immutable ? "private, max-age=31536000, immutable" : "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : asset.body);
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { ...SECURITY_HEADERS, "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${message}\n`);
}

/** Whether a WebSocket may be opened; undefined when it may. */
export function refuseUpgrade(access: Access, request: IncomingMessage): Refusal | undefined {
  if (request.url?.split("?", 1)[0] !== "/socket") return { status: 404, message: "There is no such socket." };
  return access.refuseOrigin(request, true) ?? (access.hasCookie(request) ? undefined : NO_SESSION);
}

export function rejectUpgrade(socket: Duplex, { status, message }: Refusal): void {
  const reason = STATUS_CODES[status] ?? "";
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  );
}
