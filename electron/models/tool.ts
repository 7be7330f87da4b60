/** phonon-model, the C++ tool that writes synthetic model files, as a child process whose output is bounded. */
import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { createInterface } from "node:readline";
import { PhononError } from "../base/errors.js";
import { modelTool } from "./paths.js";

const MAX_OUTPUT = 4 * 1024 * 1024; // characters of standard output, and of one line of standard error
const KILL_AFTER_MS = 2000;
const KEPT_STDERR = 20; // lines

export interface ToolOptions {
  signal?: AbortSignal;
  /** Every complete line of standard error. */
  onStderrLine?: (line: string) => void;
  /** For tests: another program in the tool's place. */
  program?: string;
}

/** What the tool printed on standard output. Throws a PhononError that says what it said, or how it ended. */
export async function runModelTool(args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const program = options.program ?? modelTool();
  await access(program).catch(() => {
    throw new PhononError("not_built", `${program} is missing; "npm run setup" builds it`);
  });
  options.signal?.throwIfAborted();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  let failure: PhononError | undefined;
  let killer: NodeJS.Timeout | undefined;
  /** It is given a moment to remove what it has half written. */
  const stop = (error: PhononError) => {
    failure ??= error;
    child.kill("SIGTERM");
    killer ??= setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  };
  const onAbort = () => stop(new PhononError("cancelled", "Cancelled."));
  options.signal?.addEventListener("abort", onAbort, { once: true });

  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (output.length > MAX_OUTPUT) stop(new PhononError("internal", "phonon-model printed more than 4 MiB"));
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line.slice(0, 4096));
    if (said.length > KEPT_STDERR) said.shift();
    options.onStderrLine?.(line);
  });

  try {
    const end = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
    if (failure) throw failure;
    if (end.code === 0) return output;
    throw describeEnd(end, output, said);
  } finally {
    clearTimeout(killer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** The tool's own error where it gave one ({"error":{code,message}} on either stream), else how it ended. */
function describeEnd(end: { code: number | null; signal: string | null }, output: string, said: string[]): PhononError {
  for (const line of [...said].reverse().concat(output)) {
    const error = errorIn(line);
    if (error) return error;
  }
  if (end.signal) return new PhononError("tool_crashed", `phonon-model crashed (${end.signal}) on this input`);
  const last = said.at(-1) ?? `exit status ${end.code}`;
  return new PhononError("tool_failed", last.replace(/^phonon-model: /, ""));
}

function errorIn(line: string): PhononError | undefined {
  try {
    const json = JSON.parse(line) as { error?: unknown; code?: unknown; message?: unknown };
    const error = (typeof json.error === "object" && json.error !== null ? json.error : json) as typeof json;
    if (typeof error.code === "string" && typeof error.message === "string") {
      return new PhononError(error.code, error.message);
    }
  } catch {
    // not JSON: a line for people
  }
  return undefined;
}
