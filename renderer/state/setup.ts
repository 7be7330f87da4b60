/** The form that configures a run: its fields as typed, and the request they make. */
import type { EngineName, RunRequest } from "../../electron/ipc/contract.js";
import { isEngine } from "./engines.js";
import { keptForm } from "./kept-form.js";
import { NUMBERS, numberOf, rangeOf, type NumberName } from "./setup-numbers.js";
import { INITIAL_STREAMING, streamingPart, type StreamingSetup } from "./setup-streaming.js";

export interface Setup extends Record<NumberName, string>, StreamingSetup {
  target: string;
  model: string; // path, or "story": the built-in one
  engine: EngineName;
  prompt: string;
  greedy: boolean;
  ignoreEnd: boolean;
}

export const INITIAL_SETUP: Setup = {
  target: "local",
  model: "story",
  engine: "phonon",
  prompt: "Once upon a time",
  tokens: "256",
  greedy: false, // the story model's likeliest words go round in circles
  seed: "1",
  temperature: "0.8",
  topK: "40",
  topP: "0.95",
  minP: "0.05",
  repeatPenalty: "1",
  threads: "", // the agent decides
  context: "", // as much as the run needs
  forceTokens: "", // decode goes on with what was sampled
  ignoreEnd: false,
  cacheNeurons: "", // all that fit
  patience: "", // as long as the agent's own
  ...INITIAL_STREAMING,
};

export type Problems = Partial<Record<keyof Setup, string>>;

const SAMPLER = ["temperature", "topK", "topP", "minP", "repeatPenalty"] as const;

/** The request, or what is wrong with which field. Fields that a greedy run does not look at may hold anything. */
export function requestOf(setup: Setup): { request: RunRequest } | { problems: Problems } {
  const problems: Problems = {};
  const numbers: Partial<Record<NumberName, number>> = {};
  if (setup.prompt.trim() === "") problems.prompt = "Type a prompt.";
  for (const name of Object.keys(NUMBERS) as NumberName[]) {
    if (setup.greedy && (name === "seed" || SAMPLER.some((field) => field === name))) continue;
    if (name === "memoryMib" && !setup.limitMemory) continue;
    const number = numberOf(name, setup[name]);
    if (number === undefined) problems[name] = rangeOf(name);
    else if (number !== null) numbers[name] = number;
  }
  if (Object.keys(problems).length > 0) return { problems };
  const { target, model, engine, prompt, greedy, ignoreEnd } = setup;
  const { temperature, topK, topP, minP, repeatPenalty, memoryMib, cacheNeurons, patience, ...rest } = numbers;
  const streaming = streamingPart(engine, setup, defined({ memoryMib, cacheNeurons, patience }));
  const sampler = defined({ temperature, topK, topP, minP, repeatPenalty });
  const whole = { target, model, engine, prompt, greedy, ignoreEnd, ...rest, ...streaming };
  return { request: { ...whole, ...(greedy ? {} : { sampler }) } };
}

function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const KEY = "phonon.setup";

/** The setup from before a reload. */
export function restoreSetup(storage: Pick<Storage, "getItem">): Setup {
  const setup = keptForm(storage, KEY, INITIAL_SETUP);
  return isEngine(setup.engine) ? setup : { ...setup, engine: INITIAL_SETUP.engine };
}

export const keepSetup = (setup: Setup, storage: Pick<Storage, "setItem">): void =>
  storage.setItem(KEY, JSON.stringify(setup));
