/**
 * What this process has made on the machine, one small file each under /run/phonon-phones/<pid>-<start time>/, written
 * as the thing is made. The same list takes everything down at the end of a test, on a signal, on an uncaught error,
 * and, for a process that was killed, when the next one sweeps.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isRunning, readProcess, stateFolder } from "./host.js";
import { type Made, undo } from "./undo.js";

const startTime = readProcess(process.pid)?.startTime ?? "0";
export const ownFolder = join(stateFolder, `${process.pid}-${startTime}`);

let count = 0;
let hooked = false;
const live = new Map<string, Made>(); // path of the entry -> what it names

/** Writes down that `made` is about to exist. The answer undoes it and strikes it out; calling it again does nothing. */
export function remember(made: Made): () => void {
  hookExits();
  const entry = join(ownFolder, `${String(count++).padStart(6, "0")}-${made.kind}.json`);
  writeInStateFolder(entry, JSON.stringify(made));
  live.set(entry, made);
  return () => {
    if (live.delete(entry)) strike(entry, made);
  };
}

/** Takes `name` for this process among all on the machine; undefined when somebody has it. */
export function claim(name: string): (() => void) | undefined {
  const path = join(stateFolder, name);
  try {
    writeInStateFolder(path, ownFolder, "wx");
  } catch {
    return undefined;
  }
  return remember({ kind: "file", path });
}

/** Undoes everything this process made, latest first. Safe to call at any time. */
export function releaseAll(): void {
  for (const [entry, made] of [...live].reverse()) {
    live.delete(entry);
    strike(entry, made);
  }
  rmSync(ownFolder, { recursive: true, force: true });
  removeStateFolder();
}

/** Undoes what processes that no longer run have left behind. */
export function sweep(): Made[] {
  if (!existsSync(stateFolder)) return [];
  const swept: Made[] = [];
  for (const name of readdirSync(stateFolder)) {
    const owner = /^(\d+)-(\d+)(?:\.\d+)?$/.exec(name);
    if (!owner || isRunning(Number(owner[1]), owner[2] ?? "")) continue;
    // A rename decides which of several sweeping processes does it, and leaves it to the next if this one is killed.
    const mine = `${ownFolder}.${count++}`;
    try {
      renameSync(join(stateFolder, name), mine);
    } catch {
      continue;
    }
    for (const file of readdirSync(mine).sort().reverse()) {
      const entry = join(mine, file);
      const made = readEntry(entry);
      if (!made) continue;
      strike(entry, made);
      swept.push(made);
    }
    rmSync(mine, { recursive: true, force: true });
  }
  removeStateFolder();
  return swept;
}

/** Entries are written before their things are made: one that was cut short names nothing. */
function readEntry(path: string): Made | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Made;
  } catch {
    return undefined;
  }
}

/** Another process may remove the empty folder between the two steps; then they are taken again. */
function writeInStateFolder(path: string, text: string, flag = "w"): void {
  for (let attempt = 0; ; attempt++) {
    mkdirSync(path.startsWith(`${ownFolder}/`) ? ownFolder : stateFolder, { recursive: true });
    try {
      writeFileSync(path, text, { flag });
      return;
    } catch (error) {
      if (attempt === 5 || !(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
}

function removeStateFolder(): void {
  try {
    rmdirSync(stateFolder);
  } catch {
    // not empty: others use it
  }
}

function strike(entry: string, made: Made): void {
  // binfmt counts its users by these files, so that one goes first.
  if (made.kind === "binfmt") rmSync(entry, { force: true });
  undo(made);
  rmSync(entry, { force: true });
}

function hookExits(): void {
  if (hooked) return;
  hooked = true;
  process.on("exit", releaseAll); // reached after an uncaught exception too
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      releaseAll();
      process.kill(process.pid, signal);
    });
  }
}
