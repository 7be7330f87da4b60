/** The form that configures a ladder or a curve: its fields as typed, and the request they make. */
import type { EngineName, Request, Study } from "../../electron/ipc/contract.js";
import { numberOf, rangeOf, type NumberName } from "./setup-numbers.js";
import { budgetRange, ENFORCEMENTS, firstBudget } from "./setup-streaming.js";
import { keptForm } from "./kept-form.js";

export interface StudyForm {
  kind: Study["kind"];
  // Budgets in MiB; empty: what is offered for the model.
  memory: string; // of a ladder
  from: string; // of a curve
  to: string;
  steps: string;
  ladderRounds: string;
  curveRounds: string;
  tokens: string; // of a run, at most
  seconds: string; // of decoding, at most
  threads: string; // empty: the first engine decides, for all
  prompt: string;
  enforce: string; // one of ENFORCEMENTS
  withLlama: boolean; // on a curve
  withLlmflash: boolean;
}

export const INITIAL_STUDY: StudyForm = {
  kind: "ablation",
  ...{ memory: "", from: "", to: "", steps: "5" },
  ladderRounds: "6", // fewer rounds come out in one order too often by chance
  curveRounds: "3",
  ...{ tokens: "128", seconds: "30", threads: "" },
  prompt: "Once upon a time, in a small village by the sea, there lived",
  ...{ enforce: "auto", withLlama: true, withLlmflash: false },
};

export type StudyField = Exclude<keyof StudyForm, "kind" | "enforce" | "withLlama" | "withLlmflash">;
export type StudyProblems = Partial<Record<StudyField, string>>;

const MIB = 2 ** 20;
const EVERYTHING_ELSE = 192; // MiB beside the weights, about

export type Offers = Pick<StudyForm, "memory" | "from" | "to">;

/** Budgets for a model: half of its file in memory; from a quarter of it to all. */
export function offersOf(fileBytes: number, memoryBytes: number | null): Offers {
  const range = budgetRange(fileBytes, memoryBytes);
  const whole = (mib: number): number =>
    Math.min(range.most, range.least + range.step * Math.ceil((mib - range.least) / range.step));
  const from = whole(fileBytes / MIB / 4 + EVERYTHING_ELSE);
  const to = Math.max(whole(fileBytes / MIB + EVERYTHING_ELSE), from + 4 * range.step);
  return { memory: String(firstBudget(range, fileBytes)), from: String(from), to: String(to) };
}

/** With what is offered where nothing was typed. */
export const withOffers = (form: StudyForm, offers: Offers): StudyForm => ({
  ...form,
  memory: form.memory || offers.memory,
  from: form.from || offers.from,
  to: form.to || offers.to,
});

const RULES: Partial<Record<StudyField, NumberName>> = { tokens: "tokens", threads: "threads" };
const BUDGETS: readonly StudyField[] = ["memory", "from", "to"];
const LIMITS: Partial<Record<StudyField, [least: number, most: number]>> = {
  ...{ steps: [2, 100], ladderRounds: [1, 1000], curveRounds: [1, 1000], seconds: [1, 86_400] },
};

type Outcome = { request: Request<"studies.start"> } | { problems: StudyProblems };

/** `form`: with what is offered. */
export function studyRequestOf(form: StudyForm, target: string, model: string): Outcome {
  const problems: StudyProblems = {};
  const number = (field: StudyField): number => {
    const rule = RULES[field] ?? (BUDGETS.includes(field) ? "memoryMib" : undefined);
    const value = rule ? numberOf(rule, form[field]) : limited(form[field], ...(LIMITS[field] ?? [0, 0]));
    if (value === undefined) problems[field] = rule ? rangeOf(rule) : limitsInWords(...(LIMITS[field] ?? [0, 0]));
    return value ?? 0;
  };
  const [tokens, seconds, threads] = [number("tokens"), number("seconds"), number("threads")];
  if (form.prompt.trim() === "") problems.prompt = "Type a prompt.";
  const enforce = ENFORCEMENTS.find((one) => one === form.enforce) ?? "auto";
  const run = {
    ...{ target, model, prompt: form.prompt, tokens, seconds },
    ...(threads > 0 && { threads }),
  };
  if (form.kind === "ablation") {
    const [rounds, memory] = [number("ladderRounds"), number("memory") * MIB];
    if (Object.keys(problems).length > 0) return { problems };
    return { request: { kind: "ablation", rounds, run: { ...run, memory, enforce } } };
  }
  const [rounds, steps, from, to] = [number("curveRounds"), number("steps"), number("from"), number("to")];
  if (from >= to && problems.from === undefined) problems.to ??= "More than the first one.";
  if (Object.keys(problems).length > 0) return { problems };
  const engines: EngineName[] = [
    "phonon",
    ...(form.withLlama ? (["llama.cpp"] as const) : []),
    ...(form.withLlmflash ? (["llmflash"] as const) : []),
  ];
  const budgets = { from: from * MIB, to: to * MIB, steps };
  // Each budget takes the place of this one, without which nothing could be said of how it is enforced.
  return { request: { kind: "sweep", rounds, engines, budgets, run: { ...run, memory: budgets.to, enforce } } };
}

function limited(typed: string, least: number, most: number): number | undefined {
  const value = /^\d{1,7}$/.test(typed.trim()) ? Number(typed) : NaN;
  return value >= least && value <= most ? value : undefined;
}

const limitsInWords = (least: number, most: number): string =>
  `A whole number from ${least} to ${most.toLocaleString("en-US")}.`;

const KEY = "phonon.study";

export function restoreStudyForm(storage: Pick<Storage, "getItem">): StudyForm {
  const form = keptForm(storage, KEY, INITIAL_STUDY);
  return form.kind === "sweep" ? form : { ...form, kind: "ablation" };
}

export const keepStudyForm = (form: StudyForm, storage: Pick<Storage, "setItem">): void =>
  storage.setItem(KEY, JSON.stringify(form));
