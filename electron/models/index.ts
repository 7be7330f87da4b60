/** Model files on this computer. */
import { resolve } from "node:path";
import { builtInModel } from "./paths.js";

export { estimate, type Estimate, type Limits, type Suggestion } from "./fit.js";
export { inspectFacts, inspectFile, inspectModel, type Inspection, type ModelEntry } from "./inspect.js";
export { listModels } from "./list.js";
export { builtInModel } from "./paths.js";
export { planModel, planSchema, type Plan, type PlanOptions, type PlanRequest } from "./plan.js";
export { forgetModel, rememberModel } from "./remembered.js";
export { isSparse } from "./streamed.js";
export { runModelTool, type ToolOptions } from "./tool.js";

/** The absolute path that a user's word for a model means: "story" is the built-in one, all else is a path. */
export const resolveModel = (model: string): string => (model === "story" ? builtInModel() : resolve(model));
