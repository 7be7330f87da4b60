/** An agent as a child process: started, asked to end, ended by its pid when it does not. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { PhononError, messageOf } from "../base/errors.js";
import { delay, withLimit } from "../base/time.js";
import { readListening } from "./listening.js";

export interface LocalAgent {
  socket: string;
  /** How it ended, for a person; null: it is still there. */
  whyEnded: () => string | null;
  /** Waits for its end, at first for its own. */
  end: () => Promise<void>;
}

export interface LocalAgentOptions {
  binary: string;
  folder: string; // its own, mode 0700
  token: string;
  leaseSeconds: number;
  signal?: AbortSignal | undefined;
}

const startMs = 20_000;
const patienceMs = { ownEnd: 3_000, afterTerm: 2_000 };

export async function startLocalAgent(options: LocalAgentOptions): Promise<LocalAgent> {
  const { binary, folder, token } = options;
  const socket = join(folder, "agent.sock");
  if (Buffer.byteLength(socket) > 107) {
    throw new PhononError("path_too_long", `${socket} is too long for a Unix socket. Set TMPDIR to a shorter folder.`);
  }
  const lease = String(Math.ceil(options.leaseSeconds));
  const child = spawn(binary, ["serve", "--socket", socket, "--dir", folder, "--lease", lease], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: folder,
  });
  let said = "";
  let why: string | null = null;
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf-8")).slice(-4000)));
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      why ??= [how, said.trim()].filter((text) => text !== "").join(": ");
      resolve();
    };
    child.on("error", (error) => end(messageOf(error)));
    child.on("exit", (status, signal) => end(signal === null ? `it exited with status ${status}` : killed(signal)));
  });
  const end = async (): Promise<void> => {
    if (await within(ended, patienceMs.ownEnd)) return;
    child.kill("SIGTERM");
    if (await within(ended, patienceMs.afterTerm)) return;
    child.kill("SIGKILL");
    await ended;
  };
  child.stdin.on("error", () => undefined); // an agent that ends before it has read says so itself
  child.stdin.end(`${token}\n`);
  try {
    const late = (): PhononError =>
      new PhononError("agent_failed", `${binary} did not listen within ${startMs / 1000} s.`);
    await withLimit({ ms: startMs, error: late, signal: options.signal }, () => readListening(child.stdout, binary));
    child.stdout.on("error", () => undefined).resume();
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    const ownWords = error instanceof PhononError && error.code === "agent_failed" && said.trim() !== "";
    throw ownWords
      ? new PhononError("agent_failed", `${binary} did not start: ${said.trim()}.`, { cause: error })
      : error;
  }
  return { socket, whyEnded: () => why, end };
}

const killed = (signal: string): string =>
  signal === "SIGKILL"
    ? "it was killed (SIGKILL), most often by the system for want of memory"
    : `it died of ${signal}`;

/** Whether `promise` settles in time. */
async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  const over = new AbortController();
  try {
    const late = delay(ms, over.signal).then(() => false);
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    over.abort();
  }
}
