/** Which process writes a bundle, and whether it is still there. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { hasCode } from "../base/errors.js";
import type { RunRecord } from "./record.js";

type Writer = RunRecord["writer"];

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

/** Of another computer (a shared home folder) it cannot be told: then it counts as alive. */
export function isAlive(writer: Writer): boolean {
  if (writer.host !== hostname()) return true;
  try {
    process.kill(writer.pid, 0);
  } catch (error) {
    if (!hasCode(error, "EPERM")) return false;
  }
  return writer.started === null || writer.started === startTicks(writer.pid);
}
