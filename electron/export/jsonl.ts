import type { KeptRun } from "../store/index.js";

/** run.json as one line of type "run", then every event as it came. */
export async function* jsonlOf(run: KeptRun): AsyncGenerator<string> {
  yield `${JSON.stringify({ type: "run", ...run.record })}\n`;
  for await (const event of run.events()) yield `${JSON.stringify(event)}\n`;
}
