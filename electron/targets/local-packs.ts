/** Packs on this computer. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../base/errors.js";
import { phononHome } from "../base/home.js";
import { checkPackName } from "./pack-name.js";

export const localPacksFolder = (): string => join(phononHome(), "packs");

/** Null: there is none of this name. */
export async function localPackPath(name: string): Promise<string | null> {
  const path = join(localPacksFolder(), checkPackName(name));
  try {
    return (await stat(path)).isFile() ? path : null;
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return null;
    throw error;
  }
}
