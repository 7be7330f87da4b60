/**
 * The built renderer, read once into memory. Only what is in this map is ever served, by its exact name, so no request
 * can name a file outside it.
 */
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { PhononError, hasCode } from "../base/errors.js";

export interface Asset {
  body: Buffer;
  type: string;
  /** Its name holds a hash of its content, so it never changes. */
  immutable: boolean;
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

/** URL path ("/assets/main-4f2a.js") -> asset; "/" is index.html. */
export async function loadAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const file of await listFiles(folder)) {
    const type = TYPES[extname(file)];
    if (type === undefined) continue; // source maps stay here
    const path = `/${relative(folder, file).split(sep).join("/")}`;
    assets.set(path, { body: await readFile(file), type, immutable: path.startsWith("/assets/") });
  }
  const index = assets.get("/index.html");
  if (index === undefined) {
    throw new PhononError("not_built", `There is no index.html in ${folder}. Build the UI with "npm run build:ts".`);
  }
  assets.set("/", index);
  return assets;
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
