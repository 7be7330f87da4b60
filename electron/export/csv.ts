import { stringify } from "csv-stringify/sync";
import type { KeptRun } from "../store/index.js";
import { TOKEN_COLUMNS } from "./token-columns.js";

/**
 * One row per generated token, RFC 4180; times in milliseconds. The run's name is the first column. A model's tokens may be
 * any text, and a spreadsheet takes some for formulas: those have an apostrophe before them, and so has a text that begins
 * with one. Who takes a first apostrophe away has every text as it was.
 */
export async function* csvOf(run: KeptRun): AsyncGenerator<string> {
  yield stringify([["run_id", ...TOKEN_COLUMNS.map(({ name }) => name)]]);
  for await (const event of run.events()) {
    if (event.kind !== "token") continue;
    yield stringify([[run.record.run_id, ...TOKEN_COLUMNS.map(({ value }) => cellOf(value(event)))]]);
  }
}

/** Formulas begin with these, or with their full-width forms; what is before them may be a tab or the end of a line. */
const FORMULA_OR_APOSTROPHE = /^['=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

const cellOf = <T>(value: T): T | string =>
  typeof value === "string" && FORMULA_OR_APOSTROPHE.test(value) ? `'${value}` : value;
