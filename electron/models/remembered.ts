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
export const rememberModel = (path: string): Promise<void> =>
  change((paths) => [path, ...paths.filter((p) => p !== path)].slice(0, MAX_REMEMBERED));

/** Takes the path from the list; the file stays. */
export const forgetModel = (path: string): Promise<void> => change((paths) => paths.filter((p) => p !== path));

let last: Promise<void> = Promise.resolve();

/** One after the other, so that no change is made to a list that another one is about to replace. */
function change(next: (paths: string[]) => string[]): Promise<void> {
  const mine = last.then(async () => {
    const before = await rememberedModels();
    const after = next(before);
    if (after.join("\0") === before.join("\0")) return;
    await mkdir(phononHome(), { recursive: true });
    await writeJson(file(), { version: 1, paths: after });
  });
  last = mine.catch(() => undefined); // said to whom it concerns
  return mine;
}
