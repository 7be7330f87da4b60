/**
 * Names of runs: 20261120-091500-0kf3x9, UTC time and six characters, the first two of which are the millisecond. So
 * names sort by time, and as folder names they hold nothing that a file system or a path could misread.
 */
import { randomInt } from "node:crypto";

const FULL = /^\d{8}-\d{6}-[0-9a-z]{6}$/;
const PREFIX = /^\d[0-9a-z-]{0,22}$/;

export function newRunId(now: Date = new Date()): string {
  const digits = now.toISOString().replace(/\D/g, "");
  const millisecond = now.getUTCMilliseconds().toString(36).padStart(2, "0");
  const random = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${millisecond}${random}`;
}

export const isRunId = (text: string): boolean => FULL.test(text);
/** Whether `text` could be the beginning of a run's name. */
export const isRunIdPrefix = (text: string): boolean => PREFIX.test(text);
