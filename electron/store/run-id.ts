/**
 * Names of runs: 20261120-091500-0kf3x9, UTC time and six characters, the first two of which are the millisecond. So
 * names sort by time, and as folder names they hold nothing that a file system or a path could misread.
 */
import { randomInt } from "node:crypto";

const TIME = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-([0-9a-z]{2})[0-9a-z]{4}$/;
const FULL = /^\d{8}-\d{6}-[0-9a-z]{6}$/;
const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z"); // that a name can hold
const PREFIX = /^\d[0-9a-z-]{0,22}$/;

/** With `newest` the name is later than that one: names keep the order of runs where the clock does not. */
export function newRunId(now: Date = new Date(), newest?: string): string {
  const after = newest === undefined ? undefined : runIdTime(newest);
  const time = after === undefined || after >= LAST_TIME ? now : new Date(Math.max(now.getTime(), after + 1));
  const digits = time.toISOString().replace(/\D/g, "");
  const millisecond = time.getUTCMilliseconds().toString(36).padStart(2, "0");
  const random = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${millisecond}${random}`;
}

export const isRunId = (text: string): boolean => FULL.test(text);
/** Whether `text` could be the beginning of a run's name. */
export const isRunIdPrefix = (text: string): boolean => PREFIX.test(text);

/** When the run was begun, as its name says: Unix time in milliseconds. Undefined: the name holds no time. */
export function runIdTime(runId: string): number | undefined {
  const [, y, mo, d, h, mi, s, ms] = TIME.exec(runId) ?? [];
  if (ms === undefined) return undefined;
  const second = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  return Number.isNaN(second) ? undefined : second + parseInt(ms, 36);
}
