/**
 * The window's goals of speed. What is measured is always printed. It is held to them with PHONON_QUIET_MACHINE=1 only:
 * beside other work a miss says nothing of Phonon.
 */
import { expect } from "vitest";

const IS_QUIET = process.env["PHONON_QUIET_MACHINE"] === "1";

/** The longest that a task may hold the page's thread, in milliseconds. */
export const TASK_MS = 50;

export function goalAtMost(what: string, value: number, most: number, unit: string): void {
  say(what, value, `at most ${most} ${unit}`);
  if (IS_QUIET) expect(value, what).toBeLessThanOrEqual(most);
}

export function goalAtLeast(what: string, value: number, least: number, unit: string): void {
  say(what, value, `at least ${least} ${unit}`);
  if (IS_QUIET) expect(value, what).toBeGreaterThanOrEqual(least);
}

const say = (what: string, value: number, goal: string) => console.log(`${what}: ${value.toFixed(0)}, goal ${goal}`);
