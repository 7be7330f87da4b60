/** `llama-bench -o json`, and `-o jsonl`: a test a line. */
import type { KeptRun } from "../store/index.js";
import { entriesOf } from "./llama-bench.js";

export function* llamaBenchJsonOf(run: KeptRun): Generator<string> {
  yield `${JSON.stringify(entriesOf(run), null, 2)}\n`;
}

export function* llamaBenchJsonlOf(run: KeptRun): Generator<string> {
  for (const entry of entriesOf(run)) yield `${JSON.stringify(entry)}\n`;
}
