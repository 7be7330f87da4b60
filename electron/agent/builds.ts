/** Where this program's own agents lie: build/agents/<abi>/, made by `npm run setup`. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PhononError } from "../base/errors.js";

export type Engine = "phonon" | "llama.cpp";

/** The folder of package.json: this file runs from the sources and, compiled, from build/js. */
function findProjectRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && readManifest(manifest).name === "phonon") return folder;
    if (folder === dirname(folder)) throw new Error("package.json of phonon not found above " + import.meta.url);
  }
}

function readManifest(path: string): { name?: string; version?: string } {
  return JSON.parse(readFileSync(path, "utf-8")) as { name?: string; version?: string };
}

export const projectRoot = findProjectRoot();
/** What an agent of this build must say in its greeting. */
export const programVersion = readManifest(join(projectRoot, "package.json")).version ?? "0.0.0";

/** ABI of this computer as Android names it. */
export function hostAbi(arch: string = process.arch): string | null {
  return arch === "x64" ? "x86_64" : arch === "arm64" ? "arm64-v8a" : null;
}

/** What builds the agents of an ABI: those of others than this computer's are for phones. */
export const buildCommand = (abi: string): string =>
  abi === hostAbi() ? "npm run setup" : "npm run setup -- --phones";

/** The file name of an engine's agent; `level` is the instruction-set level that llama.cpp's kernels are built for. */
export function agentName(engine: Engine, level?: string): string {
  if (engine === "phonon") return "phonon-agent";
  if (level === undefined || !/^[a-z0-9]{1,16}$/.test(level)) throw new Error(`no level for llama.cpp: ${level}`);
  return `phonon-llama-${level}`;
}

/** Path of an agent's executable, which exists. $PHONON_AGENTS stands in for build/agents. */
export function agentBinary(abi: string, engine: Engine, level?: string): string {
  const name = agentName(engine, level);
  const path = join(process.env["PHONON_AGENTS"] ?? join(projectRoot, "build", "agents"), abi, name);
  if (existsSync(path)) return path;
  throw new PhononError(
    "agent_not_built",
    `${name} for ${abi} is not built (${path} is missing). Run \`${buildCommand(abi)}\` to build the agents.`,
  );
}
