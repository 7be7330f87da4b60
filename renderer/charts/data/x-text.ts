/** What places of the x axis are called. */
import { count } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { tokensOfRow, type XMode } from "./x-view.js";

const THOUSANDTHS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

export const seconds = (ms: number) => `${THOUSANDTHS.format(ms / 1000)} s`;

const percent = (value: number) => `${THOUSANDTHS.format(value)} %`;

/** A time within a token. */
export const microseconds = (us: number) =>
  us < 1000 ? `${Math.round(us)} µs` : `${THOUSANDTHS.format(us / 1000)} ms`;

/** Always the same function for a mode. */
export const xTextOf = (mode: XMode): ((value: number) => string) => X_TEXTS[mode];
const X_TEXTS: Record<XMode, (value: number) => string> = {
  ...{ tokens: count, time: seconds, microseconds, percent },
  places: String, // they have names of their own
};

/** "Token 12", or "Tokens 640 to 767" where they are thinned. */
export function tokensInWords(trace: Trace, row: number): string {
  const [first, last] = tokensOfRow(trace, row);
  return first === last ? `Token ${count(first)}` : `Tokens ${count(first)} to ${count(last)}`;
}

/** What is said of a run that is so long that its older tokens or samples are thinned; null: it is not. */
export function thinnedInWords({ tokens, tokenRows, samples, sampleRows }: Trace): string | null {
  const older = [];
  if (tokenRows.thinned > 0) older.push(`tokens before ${count(tokens.number.at(tokenRows.thinned))}`);
  if (sampleRows.thinned > 0) older.push(`samples before ${seconds(samples.atMs.at(sampleRows.thinned))}`);
  return older.length === 0 ? null : `Thinned to their extremes: ${older.join(", ")}. An export has all of them.`;
}
