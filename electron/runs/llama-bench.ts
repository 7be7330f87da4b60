/** The user's own llama-bench, run on this computer with a run's model, threads and lengths; its JSON is kept as a run. */
import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PhononError } from "../base/errors.js";
import { Bundle, llamaBenchOutput, type LlamaBenchEntry } from "../store/index.js";
import { hashFile } from "../targets/file-hash.js";
import type { RunRequest, RunSummary } from "./config.js";
import { newRunOf } from "./engine.js";
import { concluding } from "./execute.js";
import { prepare, realWorld, type Prepared, type World } from "./prepare.js";

const MAX_OUTPUT = 4 * 1024 * 1024; // characters
const KEPT_STDERR = 2000; // characters
const DEFAULT_PROMPT_TOKENS = 512; // llama-bench's own

export interface LlamaBenchHooks {
  signal?: AbortSignal;
  repetitions?: number;
}

export async function runLlamaBench(
  request: Omit<RunRequest, "engine" | "prompt" | "promptTokens">,
  program: string,
  { signal = new AbortController().signal, repetitions = 5 }: LlamaBenchHooks = {},
  world: World = realWorld,
): Promise<RunSummary> {
  const prompt = { promptRandom: request.promptRandom ?? DEFAULT_PROMPT_TOKENS };
  const prepared = await prepare({ ...request, ...prompt, engine: "llama.cpp" }, world, signal);
  if (prepared.config.target !== "local") {
    throw new PhononError("bad_request", "--llama-bench: a program of this computer runs on the target local only.");
  }
  const { mmap, repack, flashAttention } = prepared.config;
  if (!(mmap && repack && flashAttention)) {
    const message =
      "--llama-bench: its options for mmap, repacking and flash attention differ by version; it runs with its own";
    throw new PhononError("bad_request", `${message}.`);
  }
  const path = resolve(program);
  await access(path, constants.X_OK).catch((error: unknown) => {
    throw new PhononError("file_missing", `${path} is not a program that can be started: ${messageOf(error)}`);
  });
  const bundle = await Bundle.create({ ...newRunOf(prepared), kind: "llama-bench", engine: "llama-bench" });
  return concluding(bundle, signal, async () => {
    const { modelPath, facts } = prepared;
    const { sha256 } = await hashFile(modelPath, { signal });
    await bundle.note({
      model: { path: modelPath, target_path: modelPath, file_bytes: facts.file_bytes, sha256 },
    });
    await bundle.note({ agent: { file: path, sha256: (await hashFile(path, { signal })).sha256 } });
    const entries = await bench(path, argumentsOf(prepared, repetitions), signal);
    await bundle.note({ llama_bench: entries, outcome: { status: "done", reason: "length", message: "" } });
  });
}

/** llama-bench's options, as its `--help` names them. */
export function argumentsOf(
  { config, modelPath }: Pick<Prepared, "config" | "modelPath">,
  repetitions: number,
): string[] {
  const options: [flag: string, value: string | number | undefined][] = [
    ["-m", modelPath],
    ["-p", config.promptRandom],
    ["-n", config.tokens],
    ["-r", repetitions],
    ["-t", config.threads],
    ["-b", config.batch],
    ["-o", "json"],
  ];
  return options.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
}

async function bench(program: string, args: string[], signal: AbortSignal): Promise<LlamaBenchEntry[]> {
  signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal, killSignal: "SIGKILL" });
  let output = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (output.length > MAX_OUTPUT) child.kill("SIGKILL");
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-KEPT_STDERR)));
  const end = await new Promise<string | null>((done, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) => done(code === 0 ? null : (killedBy ?? `exit status ${String(code)}`)));
  });
  signal.throwIfAborted();
  if (output.length > MAX_OUTPUT) throw new PhononError("llama_bench", `${program} printed more than 4 MiB.`);
  if (end !== null) {
    const last = said.trim().split("\n").at(-1) ?? "";
    throw new PhononError("llama_bench", `${program} failed (${end})${last ? `: ${last}` : "."}`);
  }
  return parseLlamaBench(output, program);
}

/** `output`: what the program printed with `-o json`. */
export function parseLlamaBench(output: string, program: string): LlamaBenchEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch (error) {
    throw new PhononError("llama_bench", `${program} did not print JSON: ${messageOf(error)}`, { cause: error });
  }
  const parsed = llamaBenchOutput.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PhononError(
    "llama_bench",
    `${program}: its JSON is not llama-bench's: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
  );
}
