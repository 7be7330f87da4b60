import { stringify } from "csv-stringify/sync";
import type { EventOf } from "../agent/messages.js";
import type { KeptRun } from "../store/index.js";

type Column = [name: string, value: (token: EventOf<"token">) => string | number];

const COLUMNS: readonly Column[] = [
  ["index", (t) => t.index],
  ["id", (t) => t.id],
  ["text", (t) => t.text],
  ["t_ms", (t) => t.t_ms],
  ["ms", (t) => t.ms],
  ["attention_ms", (t) => t.parts.attention],
  ["ffn_ms", (t) => t.parts.ffn],
  ["sampling_ms", (t) => t.parts.sampling],
  ["other_ms", (t) => t.parts.other],
  ["active_neurons", (t) => (t.active ? t.active.reduce((sum, n) => sum + n, 0) : "")], // of all layers; empty: unknown
];

/** One row per generated token, RFC 4180; times in milliseconds. The run's name is the first column. */
export async function* csvOf(run: KeptRun): AsyncGenerator<string> {
  yield stringify([["run_id", ...COLUMNS.map(([name]) => name)]]);
  for await (const event of run.events()) {
    if (event.kind === "token") yield stringify([[run.record.run_id, ...COLUMNS.map(([, value]) => value(event))]]);
  }
}
