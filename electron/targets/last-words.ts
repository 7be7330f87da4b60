/**
 * What an agent leaves when the kernel ended it for want of memory: the agent's keeper (device-agent/src/limits/) writes
 * it into the agent's folder, some milliseconds after the death.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PhononError } from "../base/errors.js";
import { delay } from "../base/time.js";

export const lastWordsFile = "last-words.txt";
const longest = 1_000; // characters
const patienceMs = 1_000;
const pauseMs = 50;

/** The error that a dead agent's last words are; null: it has left none. */
export async function lastWords(read: () => Promise<string>): Promise<PhononError | null> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const words = (await read().catch(() => "")).trim().slice(0, longest);
    if (words !== "") return new PhononError("out_of_memory", words);
    if (performance.now() > until) return null;
    await delay(pauseMs);
  }
}

export const localLastWords = (folder: string): Promise<PhononError | null> =>
  lastWords(() => readFile(join(folder, lastWordsFile), "utf-8"));
