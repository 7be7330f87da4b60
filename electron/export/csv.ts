import { stringify } from "csv-stringify/sync";
import type { KeptRun } from "../store/index.js";
import { TOKEN_COLUMNS } from "./token-columns.js";

/** One row per generated token, RFC 4180; times in milliseconds. The run's name is the first column. */
export async function* csvOf(run: KeptRun): AsyncGenerator<string> {
  yield stringify([["run_id", ...TOKEN_COLUMNS.map(({ name }) => name)]]);
  for await (const event of run.events()) {
    if (event.kind !== "token") continue;
    yield stringify([[run.record.run_id, ...TOKEN_COLUMNS.map(({ value }) => value(event))]]);
  }
}
