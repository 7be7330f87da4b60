/** The models that a user can choose from. */
import { stat } from "node:fs/promises";
import { inspectModel, type ModelEntry } from "./inspect.js";
import { builtInModel } from "./paths.js";
import { rememberedModels } from "./remembered.js";

/** path -> what was read of the file when it had this size and time: reading dozens again at every look is slow. */
const seen = new Map<string, { identity: string; entry: ModelEntry }>();

/** The built-in model and those used before; files that are gone or no longer models are left out. */
export async function listModels(): Promise<ModelEntry[]> {
  const paths = [...new Set([builtInModel(), ...(await rememberedModels())])];
  const entries = await Promise.allSettled(paths.map(entryOf));
  return entries.flatMap((entry) => (entry.status === "fulfilled" ? [entry.value] : []));
}

async function entryOf(path: string): Promise<ModelEntry> {
  const { size, mtimeMs, ino } = await stat(path);
  const identity = [size, mtimeMs, ino].join(" ");
  const known = seen.get(path);
  if (known?.identity === identity) return known.entry;
  const entry = await inspectModel(path);
  seen.set(path, { identity, entry });
  return entry;
}
