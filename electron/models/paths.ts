import { join } from "node:path";
import { hostAbi, projectRoot } from "../agent/builds.js";

/** The story model, which comes with the project. */
export const builtInModel = (): string => join(projectRoot, "device-agent", "models", "story.gguf");

/** phonon-model for this computer. $PHONON_AGENTS stands in for build/agents, as for the agents. */
export function modelTool(): string {
  const folder = process.env["PHONON_AGENTS"] ?? join(projectRoot, "build", "agents");
  return join(folder, hostAbi() ?? process.arch, "phonon-model");
}
