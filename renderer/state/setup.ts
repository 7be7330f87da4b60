/** The form that configures a run: its fields as typed, and the request they make. */
import type { EngineName, RunRequest } from "../../electron/ipc/contract.js";

export interface Setup {
  target: string;
  model: string; // path, or "story": the built-in one
  engine: EngineName;
  prompt: string;
  tokens: string; // numbers as typed, so that a half-typed one is not lost
  greedy: boolean;
  seed: string;
  threads: string; // empty: the agent decides
}

export const INITIAL_SETUP: Setup = {
  target: "local",
  model: "story",
  engine: "phonon",
  prompt: "Once upon a time",
  tokens: "256",
  greedy: false, // the story model's likeliest words go round in circles
  seed: "1",
  threads: "",
};

export type Problems = Partial<Record<keyof Setup, string>>;

const MAX_TOKENS = 1_000_000;
const MAX_THREADS = 256;

/** The request, or what is wrong with which field. */
export function requestOf(setup: Setup): { request: RunRequest } | { problems: Problems } {
  const problems: Problems = {};
  if (setup.prompt.trim() === "") problems.prompt = "Type a prompt.";
  const tokens = wholeNumber(setup.tokens, 1, MAX_TOKENS);
  if (tokens === undefined) problems.tokens = `A whole number from 1 to ${MAX_TOKENS.toLocaleString("en-US")}.`;
  const seed = wholeNumber(setup.seed, 0, Number.MAX_SAFE_INTEGER);
  if (!setup.greedy && seed === undefined) problems.seed = "A whole number from 0 on.";
  const threads = setup.threads.trim() === "" ? null : wholeNumber(setup.threads, 1, MAX_THREADS);
  if (threads === undefined) problems.threads = `From 1 to ${MAX_THREADS}, or empty.`;
  if (Object.keys(problems).length > 0 || tokens === undefined || threads === undefined) return { problems };
  return {
    request: {
      target: setup.target,
      model: setup.model,
      engine: setup.engine,
      prompt: setup.prompt,
      tokens,
      greedy: setup.greedy,
      ...(setup.greedy ? {} : { seed: seed ?? 0 }),
      ...(threads === null ? {} : { threads }),
    },
  };
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{1,16}$/.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return value >= least && value <= most ? value : undefined;
}

/** A setup kept from before a reload; whatever does not fit is left at its default. */
export function restoreSetup(json: string | null): Setup {
  const setup = { ...INITIAL_SETUP };
  let kept: unknown;
  try {
    kept = JSON.parse(json ?? "{}");
  } catch {
    return setup; // not ours
  }
  if (typeof kept !== "object" || kept === null) return setup;
  for (const [key, value] of Object.entries(kept as Record<string, unknown>)) {
    if (Object.hasOwn(setup, key) && typeof value === typeof setup[key as keyof Setup])
      Object.assign(setup, { [key]: value });
  }
  if (setup.engine !== "llama.cpp") setup.engine = "phonon";
  return setup;
}
