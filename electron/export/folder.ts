/** The folder of the data folder that the UI exports to. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, PhononError } from "../base/errors.js";
import { phononHome } from "../base/home.js";
import type { KeptRun } from "../store/index.js";
import { FORMAT_FACTS, type ExportFormat } from "./formats.js";
import { exportRun } from "./write.js";

const MAX_COPIES = 1000; // of one run in one format

export const exportsFolder = (): string => join(phononHome(), "exports");

/** Under the run's name, or that name with a number where there is such a file already. */
export async function exportToFolder(run: KeptRun, format: ExportFormat): Promise<{ path: string; bytes: number }> {
  const folder = exportsFolder();
  await mkdir(folder, { recursive: true });
  for (let copy = 1; copy <= MAX_COPIES; copy++) {
    const number = copy === 1 ? "" : `-${copy}`;
    const path = join(folder, `${run.record.run_id}${number}.${FORMAT_FACTS[format].extension}`);
    try {
      await exportRun(run, format, path);
      return { path, bytes: (await stat(path)).size };
    } catch (error) {
      if (!hasCode(error, "file_exists")) throw error;
    }
  }
  throw new PhononError("file_exists", `${folder} holds ${MAX_COPIES} exports of this run; remove some.`);
}
