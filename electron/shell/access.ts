/**
 * Who may talk to the browser shell. It listens on loopback, where every local program and, through the browser, every
 * web page can reach it. So a request must carry a secret (first in the URL, then in a cookie that no other site can
 * send), must name a loopback host (a page that rebinds its DNS name cannot), and must come from our own pages.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const LAUNCH_CODE_LIFE_MS = 60_000;

/** Compares without telling by its time how much was right. */
function sameSecret(given: string | undefined, secret: string): boolean {
  if (given === undefined) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, ...value] = pair.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}

export class Access {
  readonly token = randomBytes(32).toString("base64url");
  readonly #launchCodes = new Map<string, number>(); // code -> when it ends, by a clock that does not jump
  #cookieName = "phonon";

  /** Cookies do not know ports: two shells on one host must not overwrite each other's. */
  usePort(port: number): void {
    this.#cookieName = `phonon-${port}`;
  }

  /** A secret for one use, for where others may look, such as the command line of a browser that is started. */
  launchCode(): string {
    const code = randomBytes(32).toString("base64url");
    this.#launchCodes.set(code, performance.now() + LAUNCH_CODE_LIFE_MS);
    return code;
  }

  /** Host and Origin: undefined when they are fine. WebSockets are exempt from CORS, so they must name their origin. */
  refuseOrigin(request: IncomingMessage, originNeeded: boolean): { status: number; message: string } | undefined {
    const { host, origin } = request.headers;
    if (host === undefined || !LOOPBACK_HOST.test(host)) {
      return { status: 403, message: "This server answers only to 127.0.0.1 and localhost." };
    }
    if (origin === undefined ? originNeeded : origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
      return { status: 403, message: "This server answers only to its own pages." };
    }
    return undefined;
  }

  hasCookie(request: IncomingMessage): boolean {
    return sameSecret(cookieOf(request, this.#cookieName), this.token);
  }

  /** The `token` or `launch` of a URL that was opened; a launch code is spent by this. */
  acceptsUrl(query: URLSearchParams): boolean {
    if (sameSecret(query.get("token") ?? undefined, this.token)) return true;
    for (const [code, end] of this.#launchCodes) {
      if (performance.now() > end) this.#launchCodes.delete(code);
      else if (sameSecret(query.get("launch") ?? undefined, code)) return this.#launchCodes.delete(code);
    }
    return false;
  }

  setCookie(): string {
    return `${this.#cookieName}=${this.token}; Path=/; HttpOnly; SameSite=Strict`;
  }
}
