/**
 * What a run of a model needs of a target, and what would fit where it does not. An estimate from the file's metadata:
 * the engines' own checks when they load have the last word.
 */
import type { ModelEntry } from "./inspect.js";

/** What the target has. Null: it does not tell, and is not held against the model. */
export interface Limits {
  availableBytes: number | null; // of memory, at this moment
  storageFreeBytes: number | null;
  /** What still has to be brought there; 0: the file is there, or is read where it is. */
  missingBytes: number;
}

export type Suggestion =
  | { kind: "budget"; totalBytes: number } // of the same model, whose neurons are then streamed from flash
  | { kind: "context"; context: number; totalBytes: number }
  | { kind: "quantisation"; quantisation: string; totalBytes: number } // of the same model, about
  | { kind: "model"; path: string; name: string; totalBytes: number };

export interface Estimate {
  context: number; // tokens that the estimate is for
  needs: { weightBytes: number; kvBytes: number; workBytes: number; totalBytes: number };
  /** "tight": it may load, but the system may end it, or read the file again and again. */
  verdict: "fits" | "tight" | "too large" | "unknown";
  lacks: "memory" | "storage" | null; // what it is too large for
  suggestions: Suggestion[]; // where it does not fit, or only just
}

const DEFAULT_CONTEXT = 4096; // of both engines, for models that were trained for more
const MEMORY_RESERVE = 64 * 2 ** 20; // the engine leaves this free
const STORAGE_RESERVE = 128 * 2 ** 20; // as a push leaves free
const COMFORTABLE = 0.8; // share of the available memory
const WORK_BYTES = 16 * 2 ** 20; // program, tokeniser, activations,
const WORK_SHARE = 0.02; // which grow with the model
const MIB = 2 ** 20;
const SMALLEST_CONTEXT = 256;
const MOST_MODELS = 3;

/** Bits per weight with scales, of the quantisations that both engines compute with. */
const QUANTISATIONS: [name: string, bits: number][] = [
  ["Q8_0", 8.5],
  ["Q6_K", 6.5625],
  ["Q4_K", 4.5],
];

/** `others`: what to choose from where the model does not fit. */
export function estimate(
  model: ModelEntry,
  asked: number | undefined,
  limits: Limits,
  others: readonly ModelEntry[] = [],
): Estimate {
  const context = asked ?? defaultContext(model);
  const needs = needsOf(model.fileBytes, model.kvBytesPerToken * context);
  const lacks = lackOf(needs.totalBytes, limits);
  const verdict = lacks !== null ? "too large" : comfortOf(needs.totalBytes, limits);
  const suggestions = verdict === "too large" || verdict === "tight" ? suggest(model, context, limits, others) : [];
  return { context, needs, verdict, lacks, suggestions };
}

const defaultContext = (model: ModelEntry): number => Math.max(1, Math.min(model.contextLength, DEFAULT_CONTEXT));

function needsOf(weightBytes: number, kvBytes: number): Estimate["needs"] {
  const workBytes = WORK_BYTES + Math.round(weightBytes * WORK_SHARE);
  return { weightBytes, kvBytes, workBytes, totalBytes: weightBytes + kvBytes + workBytes };
}

function lackOf(totalBytes: number, { availableBytes, storageFreeBytes, missingBytes }: Limits): Estimate["lacks"] {
  if (availableBytes !== null && totalBytes > availableBytes - MEMORY_RESERVE) return "memory";
  const full = missingBytes > 0 && storageFreeBytes !== null && missingBytes > storageFreeBytes - STORAGE_RESERVE;
  return full ? "storage" : null;
}

function comfortOf(totalBytes: number, { availableBytes }: Limits): "fits" | "tight" | "unknown" {
  if (availableBytes === null) return "unknown";
  return totalBytes <= COMFORTABLE * availableBytes ? "fits" : "tight";
}

const isComfortable = (totalBytes: number, limits: Limits): boolean =>
  lackOf(totalBytes, limits) === null && comfortOf(totalBytes, limits) !== "tight";

function suggest(model: ModelEntry, context: number, limits: Limits, others: readonly ModelEntry[]): Suggestion[] {
  /** Of another file, all of which would have to be brought there. */
  const ofFile = (bytes: number): Limits => ({ ...limits, missingBytes: limits.missingBytes > 0 ? bytes : 0 });
  return [
    ...streamedInBudget(model, context, limits),
    ...shorterContext(model, context, limits),
    ...smallerQuantisation(model, context, ofFile),
    ...smallerModels(model, others, ofFile),
  ];
}

/** As large a budget as is comfortable. The pack lies beside the model. */
function streamedInBudget(
  { fileBytes, kvBytesPerToken, leastStreamedBytes }: ModelEntry,
  context: number,
  { availableBytes, storageFreeBytes, missingBytes }: Limits,
): Suggestion[] {
  if (leastStreamedBytes === null || availableBytes === null) return [];
  const totalBytes = MIB * Math.floor((COMFORTABLE * availableBytes) / MIB);
  const hasRoom = storageFreeBytes === null || missingBytes + fileBytes <= storageFreeBytes - STORAGE_RESERVE;
  const works = totalBytes >= leastStreamedBytes + context * kvBytesPerToken;
  return hasRoom && works ? [{ kind: "budget", totalBytes }] : [];
}

function shorterContext({ fileBytes, kvBytesPerToken }: ModelEntry, context: number, limits: Limits): Suggestion[] {
  for (let shorter = 2 ** Math.ceil(Math.log2(context) - 1); shorter >= SMALLEST_CONTEXT; shorter /= 2) {
    const { totalBytes } = needsOf(fileBytes, shorter * kvBytesPerToken);
    if (isComfortable(totalBytes, limits)) return [{ kind: "context", context: shorter, totalBytes }];
  }
  return [];
}

/** The finest one that leaves room. */
function smallerQuantisation(
  { fileBytes, parameters, kvBytesPerToken }: ModelEntry,
  context: number,
  ofFile: (bytes: number) => Limits,
): Suggestion[] {
  for (const [quantisation, bits] of QUANTISATIONS) {
    const bytes = Math.round((parameters * bits) / 8);
    const { totalBytes } = needsOf(bytes, context * kvBytesPerToken);
    const isSmaller = bytes < 0.9 * fileBytes;
    if (isSmaller && isComfortable(totalBytes, ofFile(bytes))) {
      return [{ kind: "quantisation", quantisation, totalBytes }];
    }
  }
  return [];
}

/** The largest ones that leave room. */
function smallerModels(
  model: ModelEntry,
  others: readonly ModelEntry[],
  ofFile: (bytes: number) => Limits,
): Suggestion[] {
  return others
    .filter((other) => other.path !== model.path && other.fileBytes < model.fileBytes)
    .sort((a, b) => b.fileBytes - a.fileBytes)
    .map((other) => ({ other, ...needsOf(other.fileBytes, other.kvBytesPerToken * defaultContext(other)) }))
    .filter(({ other, totalBytes }) => isComfortable(totalBytes, ofFile(other.fileBytes)))
    .slice(0, MOST_MODELS)
    .map(({ other: { path, name }, totalBytes }) => ({ kind: "model", path, name, totalBytes }));
}
