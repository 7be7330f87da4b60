/**
 * The UI's own scheme, phonon://app/. Unlike file:, it has an origin of its own, so the content policy's 'self' means
 * this program and nothing else on the disk.
 */
import { protocol } from "electron";
import { loadAssets, type Asset } from "../assets.js";
import { SECURITY_HEADERS } from "../headers.js";
import { rendererFolder } from "../paths.js";

const SCHEME = "phonon";
export const APP_ORIGIN = `${SCHEME}://app`;

/** Must be called before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export async function setupScheme(): Promise<void> {
  const assets = await loadAssets(rendererFolder());
  protocol.handle(SCHEME, (request) => answer(assets, request));
}

/** Exported for tests. */
export function answer(assets: ReadonlyMap<string, Asset>, request: { url: string; method: string }): Response {
  const url = new URL(request.url);
  const asset = url.host === "app" && request.method === "GET" ? assets.get(url.pathname) : undefined;
  if (asset === undefined) return new Response("There is no such page.", { status: 404, headers: SECURITY_HEADERS });
  const headers = { ...SECURITY_HEADERS, "Content-Type": asset.type };
  return new Response(new Uint8Array(asset.body), { status: 200, headers });
}
