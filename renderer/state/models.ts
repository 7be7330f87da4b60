/** What is known of a model file, where it is and where it fits, in words. */
import type { FitReport, ModelEntry, Placement, Suggestion } from "../../electron/ipc/contract.js";
import { bytes, count, fileName, parameters, text } from "./format.js";
import { plain } from "./plain.js";

/** As a run names it: the built-in model goes by its name, so that it can be chosen before the list has come. */
export const valueOf = (model: ModelEntry): string => (model.builtIn ? "story" : model.path);

export const nameOf = (model: ModelEntry): string => plain(model.name, 80);
export const fileOf = (model: ModelEntry): string => (model.builtIn ? "built in" : plain(fileName(model.path), 80));

/** "64 experts, 6 for each token"; null: it has no experts to choose from. */
export function expertsOf({ experts, expertsUsed }: ModelEntry): string | null {
  return experts > 1 ? `${count(experts)}, ${count(expertsUsed)} for each token` : null;
}

export function describe(model: ModelEntry): { label: string; value: string }[] {
  const experts = expertsOf(model);
  return [
    { label: "Architecture", value: plain(model.architecture) },
    { label: "Parameters", value: parameters(model.parameters) },
    { label: "Quantisation", value: plain(model.quantisation) },
    { label: "Size", value: text(bytes(model.fileBytes)) },
    { label: "Context", value: `${count(model.contextLength)} tokens` },
    { label: "Layers", value: count(model.layers) },
    ...(experts === null ? [] : [{ label: "Experts", value: experts }]),
    { label: "KV cache", value: `${text(bytes(model.kvBytesPerToken))} for each token` },
  ];
}

export type Place = Placement["models"][number];

export const placeOf = (placement: Placement | undefined, { path }: ModelEntry): Place | undefined =>
  placement?.models.find((place) => place.path === path);

/** What Phonon has brought to a phone; null: nothing is brought there. */
export function storedInWords({ models, others }: Placement): string | null {
  if (models.some(({ state }) => state === "in place")) return null;
  const known = models.filter(({ state }) => state === "there").length;
  const parts = [
    known > 0 ? `${known} of the list` : null,
    others.files > 0 ? `${others.files} not in the list (${text(bytes(others.bytes))})` : null,
  ];
  return parts.filter((part) => part !== null).join(", ") || "none yet";
}

export interface PlaceInWords {
  words: string;
  isThere: boolean;
}

export function placeInWords(place: Place, fileBytes: number): PlaceInWords {
  switch (place.state) {
    case "in place":
      return { words: "read where it is", isThere: true };
    case "there":
      return { words: "already there", isThere: true };
    case "perhaps":
      return { words: "a file of this size is there", isThere: false };
    case "partly":
      return { words: `${Math.floor((100 * (place.bytes ?? 0)) / Math.max(1, fileBytes))} % there`, isThere: false };
    case "absent":
      return { words: `${text(bytes(fileBytes))} to copy`, isThere: false };
  }
}

export interface FitInWords {
  verdict: string;
  tone: "ok" | "warn" | "fail";
  reason: string;
}

export function fitInWords({
  verdict,
  lacks,
  needs,
  memoryBytes,
  missingBytes,
  storageFreeBytes,
}: FitReport): FitInWords {
  const size = (value: number | null): string => text(bytes(value));
  const memory = `needs about ${size(needs.totalBytes)} of memory, ${size(memoryBytes.available)} are available`;
  if (lacks === "storage") {
    const reason = `${size(missingBytes)} must be copied there, ${size(storageFreeBytes)} of storage are free`;
    return { verdict: "No room", tone: "fail", reason };
  }
  switch (verdict) {
    case "too large":
      return { verdict: "Too large", tone: "fail", reason: memory };
    case "tight":
      return { verdict: "Tight", tone: "warn", reason: `${memory}: the system may end it, or swap` };
    case "fits":
      return { verdict: "Fits", tone: "ok", reason: memory };
    case "unknown":
      return {
        verdict: "Unknown",
        tone: "warn",
        reason: `needs about ${size(needs.totalBytes)} of memory; the target does not tell what it has`,
      };
  }
}

export function suggestionInWords(suggestion: Suggestion): string {
  const need = text(bytes(suggestion.totalBytes));
  switch (suggestion.kind) {
    case "budget":
      return `Phonon in a memory budget of ${need}, its neurons streamed from flash`;
    case "context":
      return `A context of ${count(suggestion.context)} tokens (${need})`;
    case "quantisation":
      return `The same model in ${suggestion.quantisation} (about ${need})`;
    case "model":
      return `${plain(suggestion.name, 60)} (${need})`;
  }
}

const MAX_CONTEXT = 16_777_216;

/** undefined: the engines' own choice; null: not a number of tokens. */
export function contextOf(typed: string): number | undefined | null {
  const trimmed = typed.trim().replaceAll(",", "");
  if (trimmed === "") return undefined;
  const value = /^\d{1,8}$/.test(trimmed) ? Number(trimmed) : 0;
  return value >= 1 && value <= MAX_CONTEXT ? value : null;
}

/** A model as a run names it. */
export const modelInWords = (model: string): string =>
  model === "story" ? "Built-in model" : plain(fileName(model), 80);
