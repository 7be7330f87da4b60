/** The machine that carries the virtual phones: its programs, processes and free ports. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repoRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const harnessFolder = join(repoRoot, "test/phone/harness");
/** Where the harness's processes say what they made; one for the machine, because subnets and binfmt entries are. */
export const stateFolder = "/run/phonon-phones";

export interface Output {
  code: number; // -1 when a signal or the time limit ended it
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  timeoutMs?: number;
  env?: Record<string, string>;
}

/** Runs a program to its end. Never throws: a program that cannot be started answers with code -1. */
export function run(program: string, args: string[], options: RunOptions = {}): Promise<Output> {
  const { timeoutMs = 60_000, env = {} } = options;
  return new Promise((done) => {
    execFile(
      program,
      args,
      { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 1 << 26, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        done({ code, stdout, stderr: error && stderr === "" ? error.message : stderr });
      },
    );
  });
}

/** As `run`, for the ways out of a process, where nothing asynchronous is left. */
export function runSync(program: string, args: string[], timeoutMs = 30_000): Output {
  const result = spawnSync(program, args, { encoding: "utf8", timeout: timeoutMs, killSignal: "SIGKILL" });
  return { code: result.status ?? -1, stdout: result.stdout, stderr: result.error?.message ?? result.stderr };
}

/** Runs a program that has to succeed; its complaint is the error. */
export async function must(program: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Polls until `check` gives something other than undefined or false. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 15_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(30);
  }
}

export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** A port of 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export interface ProcessEntry {
  pid: number;
  parent: number;
  state: string; // one letter, Z is a zombie
  startTime: string; // clock ticks since boot; with the pid it names a process for good
}

/** One line of /proc/PID/stat, or undefined when there is no such process. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold anything; what follows the last parenthesis is plain fields from the third on.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid, state: fields[0] ?? "", parent: Number(fields[1]), startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

export function listProcesses(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** True while this very process runs (not a later one with its number, not a zombie). */
export function isRunning(pid: number, startTime: string): boolean {
  const found = readProcess(pid);
  return found !== undefined && found.startTime === startTime && found.state !== "Z";
}
