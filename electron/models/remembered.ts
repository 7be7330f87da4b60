/** Model files that were used before, newest first: $PHONON_HOME/models.json. Losing it loses nothing but a list. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeJson } from "../base/atomic.js";
import { phononHome } from "../base/home.js";

const MAX_REMEMBERED = 50;
const schema = z.object({ version: z.literal(1), paths: z.array(z.string().max(4096)) });

const file = (): string => join(phononHome(), "models.json");

export async function rememberedModels(): Promise<string[]> {
  try {
    return schema.parse(JSON.parse(await readFile(file(), "utf8"))).paths;
  } catch {
    return []; // none yet, or not readable: it is only a convenience
  }
}

/** `path` is absolute. */
export async function rememberModel(path: string): Promise<void> {
  const paths = await rememberedModels();
  if (paths[0] !== path) await write([path, ...paths.filter((p) => p !== path)].slice(0, MAX_REMEMBERED));
}

/** Takes the path from the list; the file stays. */
export async function forgetModel(path: string): Promise<void> {
  const paths = await rememberedModels();
  if (paths.includes(path)) await write(paths.filter((p) => p !== path));
}

async function write(paths: string[]): Promise<void> {
  await mkdir(phononHome(), { recursive: true });
  await writeJson(file(), { version: 1, paths });
}
