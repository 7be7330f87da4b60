/** The form that configures a comparison: its fields as typed, and the request they make. */
import type { EngineName, Request } from "../../electron/ipc/contract.js";
import { isEngine } from "./engines.js";
import { keptForm } from "./kept-form.js";
import { numberOf, rangeOf } from "./setup-numbers.js";
import { INITIAL_MEMORY, memoryPart, type MemorySetup } from "./setup-streaming.js";

/** Its budget holds for either engine. */
export interface CompareForm extends MemorySetup {
  first: EngineName; // the ratio is of this one over the second
  second: EngineName; // another one
  rounds: string;
  tokens: string;
  threads: string; // empty: the first engine decides, for both
  prompt: string;
}

export const INITIAL_FORM: CompareForm = {
  first: "phonon",
  second: "llama.cpp",
  rounds: "6", // fewer rounds come out in one order too often by chance
  tokens: "128",
  threads: "",
  prompt: "Once upon a time, in a small village by the sea, there lived",
  ...INITIAL_MEMORY,
};

export type FormProblems = Partial<Record<keyof CompareForm, string>>;

type Outcome = { request: Request<"compare.start"> } | { problems: FormProblems };

export function requestOf(form: CompareForm, target: string, model: string): Outcome {
  const problems: FormProblems = {};
  const number = (key: "rounds" | "tokens" | "threads", most: number): number => {
    const typed = form[key].trim();
    const value = /^\d{1,7}$/.test(typed) ? Number(typed) : 0;
    if (value < 1 || value > most) problems[key] = `A whole number from 1 to ${most.toLocaleString("en-US")}.`;
    return value;
  };
  const rounds = number("rounds", 1000);
  const tokens = number("tokens", 1_000_000);
  const threads = form.threads.trim() === "" ? undefined : number("threads", 256);
  if (form.prompt.trim() === "") problems.prompt = "Type a prompt.";
  const memoryMib = form.limitMemory ? (numberOf("memoryMib", form.memoryMib) ?? null) : undefined;
  if (memoryMib === null) problems.memoryMib = rangeOf("memoryMib");
  if (Object.keys(problems).length > 0) return { problems };
  const run = {
    ...{ target, model, prompt: form.prompt, tokens },
    ...(threads !== undefined && { threads }),
    ...memoryPart(form, memoryMib ?? undefined),
  };
  return { request: { engines: [form.first, form.second], rounds, run } };
}

const KEY = "phonon.compare";

export function restoreForm(storage: Pick<Storage, "getItem">): CompareForm {
  const form = keptForm(storage, KEY, INITIAL_FORM);
  if (isEngine(form.first) && isEngine(form.second) && form.first !== form.second) return form;
  return { ...form, first: INITIAL_FORM.first, second: INITIAL_FORM.second };
}

/** An engine is compared with another one: who takes the other's place leaves it its own. */
export function chooseEngine(form: CompareForm, place: "first" | "second", engine: EngineName): CompareForm {
  const other = place === "first" ? "second" : "first";
  return { ...form, [place]: engine, ...(form[other] === engine && { [other]: form[place] }) };
}

export const keepForm = (form: CompareForm, storage: Pick<Storage, "setItem">): void =>
  storage.setItem(KEY, JSON.stringify(form));
