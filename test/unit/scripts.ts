/** Small programs that stand in for others. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes an executable shell script. */
export async function makeProgram(folder: string, name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A shell command that prints `text` and a line end. */
export const say = (text: string): string => `printf '%s\\n' '${text.replaceAll("'", "'\\''")}'`;
