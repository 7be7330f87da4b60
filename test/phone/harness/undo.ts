/** How each kind of thing that the harness makes is taken down. Everything here may be called for what is gone already. */
import { existsSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { releaseBinfmt } from "./binfmt.js";
import { commandOf, isRunning, listProcesses, runSync, sleepSync } from "./host.js";

export type Made =
  | { kind: "process"; pid: number; startTime: string }
  | { kind: "adb-server"; port: number }
  | { kind: "link"; name: string }
  | { kind: "cgroup"; path: string }
  | { kind: "folder"; path: string }
  | { kind: "file"; path: string }
  | { kind: "binfmt" };

export function undo(made: Made): void {
  switch (made.kind) {
    case "process":
      killProcess(made.pid, made.startTime);
      break;
    case "adb-server":
      for (const { pid, startTime } of adbServersOn(made.port)) killProcess(pid, startTime);
      break;
    case "link":
      if (existsSync(`/sys/class/net/${made.name}`)) runSync("ip", ["link", "delete", made.name]);
      break;
    case "cgroup":
      removeCgroup(made.path);
      break;
    case "folder":
    case "file":
      rmSync(made.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      break;
    case "binfmt":
      releaseBinfmt();
      break;
  }
}

/** SIGKILL, and waits until it is gone: what it held (mounts, namespaces, links) goes with it. */
export function killProcess(pid: number, startTime: string): void {
  for (let i = 0; i < 500 && isRunning(pid, startTime); i++) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      return;
    }
    sleepSync(10);
  }
}

/** The server may have been started again by the program under test, so it is found by its port, which is ours alone. */
export function adbServersOn(port: number): { pid: number; startTime: string }[] {
  const marks = new RegExp(`(^| )(-P ${port}|tcp:${port}|tcp:localhost:${port})( |$)`);
  return listProcesses().filter(({ pid, state }) => {
    const command = commandOf(pid);
    return state !== "Z" && /(^|\/)adb /.test(command) && /server/.test(command) && marks.test(command);
  });
}

/** Takes a group's limits of reading away: a program that reads at one cannot even be killed. */
export function liftReadLimits(path: string): void {
  const files = { "blkio.throttle.read_bps_device": "0", "io.max": "rbps=max" }; // cgroup 1 and 2
  for (const [name, free] of Object.entries(files)) {
    const file = join(path, name);
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    for (const device of lines.flatMap((line) => /^\d+:\d+/.exec(line) ?? [])) writeFileSync(file, `${device} ${free}`);
  }
}

function removeCgroup(path: string): void {
  liftReadLimits(path);
  for (let i = 0; i < 100 && existsSync(path); i++) {
    try {
      rmdirSync(path);
    } catch {
      sleepSync(20); // still busy: its last process is being reaped
    }
  }
}
