// Build products are cached by content: a product is made anew when, and only when, the key of its inputs changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";

/** All files under a path (itself, if it is a file), sorted. */
function files(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A key over the contents of `paths` (relative to the root) and over `facts`: versions, options. */
export function contentKey(paths, facts) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const path of paths) {
    for (const file of files(join(root, path)))
      hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** Makes a product unless `stamp` (a file, relative to the root) says that it was made from the same key. */
export async function onceFor(key, stamp, make) {
  const file = join(root, stamp);
  if (existsSync(file) && readFileSync(file, "utf8") === key) return "up to date";
  await make();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
  return "built";
}
