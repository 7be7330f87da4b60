/** A made-up run in one of the formats. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { phononHome } from "../../../electron/base/home.js";
import { exportRun, type ExportFormat } from "../../../electron/export/index.js";
import { readRun, type NewRun } from "../../../electron/store/index.js";
import { Bundle } from "../../../electron/store/bundle.js";
import { deviceFacts, eventsOf, loadReport } from "../runs/events.js";
import { newRun } from "../store/make-run.js";

/** The file, and the run's name. */
export async function exportedFile(
  format: ExportFormat,
  events: readonly AgentEvent[] = eventsOf(),
  change: Partial<NewRun> = {},
): Promise<{ file: string; runId: string }> {
  const bundle = await Bundle.create({ ...newRun, ...change });
  await bundle.note({ device: deviceFacts, load: loadReport });
  for (const event of events) await bundle.append(event);
  await bundle.finish();
  const file = join(phononHome(), `it's 100 % {${format}}`); // a path in which SQL and glob patterns see something
  await exportRun((await readRun(bundle.runId))!, format, file);
  return { file, runId: bundle.runId };
}

export async function exported(...args: Parameters<typeof exportedFile>): Promise<string> {
  return readFile((await exportedFile(...args)).file, "utf8");
}

/** A text that is something to SQL, Markdown, HTML, CSV, a shell and a terminal. */
export const HOSTILE =
  "a'); DROP TABLE llama_bench; -- \"|`$(id)` <img src=x onerror=alert(1)> ![x](http://x) =1+1\r\nb\0c \x1b[2J 🦊";
