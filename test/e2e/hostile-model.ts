/** The story model under another name of the same length, of which its file says itself what it is. */
import { readFile, writeFile } from "node:fs/promises";
import { builtInModel } from "../../electron/models/index.js";

const NAME = "Phonon story model";
export const HOSTILE_NAME = "<b>x</b>$(id)`\u001b\u202e";

export async function writeHostileModel(path: string): Promise<void> {
  const file = await readFile(builtInModel());
  const at = file.indexOf(NAME);
  const name = Buffer.from(HOSTILE_NAME);
  if (at === -1 || name.length !== NAME.length) throw new Error("the story model has another name");
  name.copy(file, at);
  await writeFile(path, file);
}
