/** What the tests on phones share: a home of their own, files to push, and looking at a phone from outside. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { AgentEvent } from "../../electron/agent/messages.js";
import { PhononError } from "../../electron/base/errors.js";
import type { Progress } from "../../electron/targets/target.js";
import { type Phone, until } from "./phone.js";

export const phononFolder = "/data/local/tmp/phonon";

/** $PHONON_HOME in a fresh folder, for the tests of a file. */
export function useOwnHome(): { path: string } {
  const home = { path: "" };
  const before = process.env["PHONON_HOME"];
  beforeAll(() => {
    home.path = mkdtempSync(join(tmpdir(), "phonon-home-"));
    process.env["PHONON_HOME"] = home.path;
  });
  afterAll(() => {
    if (before === undefined) delete process.env["PHONON_HOME"];
    else process.env["PHONON_HOME"] = before;
    rmSync(home.path, { recursive: true, force: true });
  });
  return home;
}

export function writeRandomFile(path: string, bytes: number): string {
  writeFileSync(path, randomBytes(bytes));
  return path;
}

export function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Bytes that this machine has sent through the phone's cable while `work` went on, adb's own words included. */
export async function bytesSent(phone: Phone, work: () => Promise<unknown>): Promise<number> {
  const read = (): number => Number(readFileSync(`/sys/class/net/${phone.machine.link}/statistics/tx_bytes`, "utf8"));
  const before = read();
  await work();
  return read() - before;
}

/** The error that `work` ends with; a plain value or a bug's error is a failed test. */
export async function failureOf(work: Promise<unknown>): Promise<PhononError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PhononError) return error;
    throw error;
  }
  throw new Error("it was expected to fail, and did not");
}

/** Agents that run in the phone; shortly after a start, the program that started one as a daemon is there too. */
export function agentsIn(phone: Phone): { pid: number; command: string }[] {
  return phone.processes().filter(({ command }) => /phonon-(agent|llama)/.test(command));
}

/** Waits until so many run: one that was told to end takes a moment to give back its memory. */
export function agentsAre(count: number, phone: Phone): Promise<unknown> {
  return until(`${count} agents`, () => agentsIn(phone).length === count, 3000);
}

/** Every file under Phonon's folder on the phone, relative to it. */
export async function filesOn(phone: Phone): Promise<string[]> {
  const { stdout } = await phone.shell(`cd ${phononFolder} 2>/dev/null && find . -type f`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(2))
    .sort();
}

/** A progress callback that resolves `reached` as soon as so many bytes have been pushed. */
export function progressWatch(bytes: number): {
  seen: Progress[];
  reached: Promise<void>;
  onProgress: (p: Progress) => void;
} {
  const seen: Progress[] = [];
  let hit: () => void = () => undefined;
  const reached = new Promise<void>((done) => (hit = done));
  const onProgress = (p: Progress): void => {
    seen.push(p);
    if (p.phase === "pushing" && p.done >= bytes) hit();
  };
  return { seen, reached, onProgress };
}

export const tokensOf = (events: AgentEvent[]): number[] => events.flatMap((e) => (e.kind === "token" ? [e.id] : []));

/** Every event once, in order, from the first to the last. */
export function isWhole(events: AgentEvent[]): boolean {
  return events.every((event, i) => event.seq === i + 1) && events.at(-1)?.kind === "ended";
}

/**
 * Lets the agents that run in the phone now run for a tenth of the time, so that a run lasts long enough for something
 * to happen to it. The answer gives them back their speed.
 */
export function slowDown(phone: Phone): () => void {
  const agents = agentsIn(phone);
  let phase = 0;
  const signal = (name: "SIGSTOP" | "SIGCONT"): void => {
    for (const { pid } of agents) {
      try {
        process.kill(pid, name);
      } catch {
        // it has ended meanwhile
      }
    }
  };
  const timer = setInterval(() => {
    if (phase === 0) signal("SIGCONT");
    if (phase === 1) signal("SIGSTOP");
    phase = (phase + 1) % 10;
  }, 5);
  return () => {
    clearInterval(timer);
    signal("SIGCONT");
  };
}
