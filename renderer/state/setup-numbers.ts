/** The numbers of a run's setup: what each may be, as the control side's schema has it. */
interface NumberRule {
  least: number;
  most: number;
  whole: boolean;
  above?: boolean; // more than `least`
  optional?: boolean; // empty: the default of whoever it concerns
}

export type NumberName =
  | "tokens"
  | "seed"
  | "temperature"
  | "topK"
  | "topP"
  | "minP"
  | "repeatPenalty"
  | "threads"
  | "context"
  | "forceTokens"
  | "memoryMib"
  | "cacheNeurons"
  | "patience";

export const NUMBERS: Readonly<Record<NumberName, NumberRule>> = {
  tokens: { least: 1, most: 1_000_000, whole: true },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  temperature: { least: 0, most: 100, whole: false },
  topK: { least: 0, most: 1_000_000, whole: true },
  topP: { least: 0, most: 1, whole: false, above: true },
  minP: { least: 0, most: 1, whole: false },
  repeatPenalty: { least: 0, most: 100, whole: false, above: true },
  threads: { least: 1, most: 256, whole: true, optional: true },
  context: { least: 1, most: 16_777_216, whole: true, optional: true },
  forceTokens: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true, optional: true },
  memoryMib: { least: 16, most: 8_589_934_591, whole: true }, // bytes that a number holds exactly
  cacheNeurons: { least: 1, most: 1_000_000_000, whole: true, optional: true },
  patience: { least: 0.1, most: 3600, whole: false, optional: true }, // seconds
};

/** Null: left out. Undefined: not a number that is allowed. */
export function numberOf(name: NumberName, typed: string): number | null | undefined {
  const { least, most, whole, above, optional } = NUMBERS[name];
  const text = typed.trim();
  if (text === "" && optional) return null;
  if (!(whole ? /^\d{1,16}$/ : /^(\d{1,16}(\.\d{0,16})?|\.\d{1,16})$/).test(text)) return undefined;
  const value = Number(text);
  return value > most || value < least || (above && value === least) ? undefined : value;
}

/** What is allowed, for a person. */
export function rangeOf(name: NumberName): string {
  const { least, most, whole, above, optional } = NUMBERS[name];
  const kind = whole ? "A whole number" : "A number";
  const from = above ? `above ${least}` : `from ${least}`;
  const to = most === Number.MAX_SAFE_INTEGER ? (above ? "" : " on") : ` to ${most.toLocaleString("en-US")}`;
  return `${kind} ${from}${to}${optional ? ", or empty" : ""}.`;
}
