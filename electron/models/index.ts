/** Model files on this computer. */
import { resolve } from "node:path";
import { inspectModel, type ModelEntry } from "./inspect.js";
import { builtInModel } from "./paths.js";
import { rememberedModels } from "./remembered.js";

export { inspectFacts, inspectFile, inspectModel, type Inspection, type ModelEntry } from "./inspect.js";
export { builtInModel } from "./paths.js";
export { rememberModel } from "./remembered.js";
export { runModelTool, type ToolOptions } from "./tool.js";

/** The absolute path that a user's word for a model means: "story" is the built-in one, all else is a path. */
export const resolveModel = (model: string): string => (model === "story" ? builtInModel() : resolve(model));

/** The built-in model and those used before; files that are gone or no longer models are left out. */
export async function listModels(): Promise<ModelEntry[]> {
  const paths = [...new Set([builtInModel(), ...(await rememberedModels())])];
  const entries = await Promise.allSettled(paths.map((path) => inspectModel(path)));
  return entries.flatMap((entry) => (entry.status === "fulfilled" ? [entry.value] : []));
}
