/** Which process writes a bundle, and whether it is still there. */
import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { hasCode } from "../base/errors.js";
import { EVENTS_FILE, RECORD_FILE } from "./folder.js";
import type { RunRecord } from "./record.js";

type Writer = RunRecord["writer"];

const OLD_MS = 24 * 3600 * 1000; // without an event or a new fact

function isOld(bundle: string): boolean {
  const times = [RECORD_FILE, EVENTS_FILE].map(
    (file) => statSync(join(bundle, file), { throwIfNoEntry: false })?.mtimeMs,
  );
  return Date.now() - Math.max(...times.map((time) => time ?? 0)) > OLD_MS;
}

/** When the process began, in the kernel's ticks: tells it from a later one with the same number. Null: unknown. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null; // no such process, or not Linux
  }
}

export const thisWriter = (): Writer => ({ pid: process.pid, host: hostname(), started: startTicks(process.pid) });

/** Of another computer (a shared data folder) it cannot be told: it counts as alive while its bundle is not old. */
export function isAlive(writer: Writer, bundle: string): boolean {
  if (writer.host !== hostname()) return !isOld(bundle);
  try {
    process.kill(writer.pid, 0);
  } catch (error) {
    if (!hasCode(error, "EPERM")) return false;
  }
  return writer.started === null || writer.started === startTicks(writer.pid);
}
