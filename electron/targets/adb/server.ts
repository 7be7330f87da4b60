/** The adb server of this computer: one process, shared with everything else that uses adb, never stopped by us. */
import { spawn } from "node:child_process";
import { PhononError, messageOf } from "../../base/errors.js";
import { withLimit } from "../../base/time.js";
import { findAdb, installAdb } from "./executable.js";

const startMs = 20_000;

/** $ANDROID_ADB_SERVER_PORT as adb itself reads it, else 5037. */
export function serverPort(env: NodeJS.ProcessEnv = process.env): number {
  const raw = env["ANDROID_ADB_SERVER_PORT"];
  if (raw === undefined || raw === "") return 5037;
  const port = Number(raw);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new PhononError("adb_failed", `ANDROID_ADB_SERVER_PORT is "${raw}", which is no port number. Unset it.`);
}

let starting: Promise<void> | undefined;

/** Starts the server; callers at the same time share one start. */
export function startServer(): Promise<void> {
  starting ??= start().finally(() => (starting = undefined));
  return starting;
}

async function start(): Promise<void> {
  const adb = findAdb();
  if (adb === null) {
    throw new PhononError(
      "adb_missing",
      "The adb server is not running, and there is no adb program in PATH, ANDROID_HOME or the usual SDK folder. " +
        `${installAdb()}, or put platform-tools into PATH.`,
    );
  }
  const late = (): PhononError =>
    new PhononError("adb_failed", `${adb} did not start its server within ${startMs / 1000} s. ${byHand}`);
  await withLimit({ ms: startMs, error: late }, (signal) => runStart(adb, signal));
}

const byHand = "Run `adb kill-server` and `adb start-server` in a terminal and see what they say.";

/** The server it leaves behind inherits standard error: so `exit` is awaited, not the stream's end. */
function runStart(adb: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(adb, ["-P", String(serverPort()), "start-server"], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    const fail = (why: string): void =>
      reject(new PhononError("adb_failed", `${adb} could not start its server: ${why}. ${byHand}`));
    child.on("error", (error) => fail(messageOf(error)));
    child.on("exit", (status, killedBy) => {
      child.stderr.destroy();
      if (status === 0) resolve();
      else fail(said.trim() || `it ended with ${status ?? killedBy ?? "no status"}`);
    });
  });
}
