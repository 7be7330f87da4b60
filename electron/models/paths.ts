/** Where the project's own files lie, from the sources as well as from build/js. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "device-agent", "models"))) return folder;
    if (folder === dirname(folder)) throw new Error("Phonon's folder device-agent/models was not found");
  }
}

export const projectRoot = findRoot();

/** This computer's ABI, as the folders of build/agents are named. */
export const hostAbi = process.arch === "arm64" ? "arm64-v8a" : "x86_64";
export const builtInModel = (): string => join(projectRoot, "device-agent", "models", "story.gguf");
export const modelTool = (): string => join(projectRoot, "build", "agents", hostAbi, "phonon-model");
