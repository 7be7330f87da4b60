/** The folder of the data folder that the UI exports to. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, PhononError } from "../base/errors.js";
import { phononHome } from "../base/home.js";
import type { KeptRun, Study } from "../store/index.js";
import { FORMAT_FACTS, type ExportFormat } from "./formats.js";
import { exportStudy } from "./study-csv.js";
import { exportRun } from "./write.js";

const MAX_COPIES = 1000; // of one thing in one format

export const exportsFolder = (): string => join(phononHome(), "exports");

export interface ExportedFile {
  path: string;
  bytes: number;
}

export const exportToFolder = (run: KeptRun, format: ExportFormat): Promise<ExportedFile> =>
  toFreshFile(run.record.run_id, FORMAT_FACTS[format].extension, (path) => exportRun(run, format, path));

/** As CSV. */
export const exportStudyToFolder = (study: Study): Promise<ExportedFile> =>
  toFreshFile(study.id, "csv", (path) => exportStudy(study, path));

/** Under this name, or that name with a number where there is such a file already. */
async function toFreshFile(
  name: string,
  extension: string,
  write: (path: string) => Promise<void>,
): Promise<ExportedFile> {
  const folder = exportsFolder();
  await mkdir(folder, { recursive: true });
  for (let copy = 1; copy <= MAX_COPIES; copy++) {
    const number = copy === 1 ? "" : `-${copy}`;
    const path = join(folder, `${name}${number}.${extension}`);
    try {
      await write(path);
      return { path, bytes: (await stat(path)).size };
    } catch (error) {
      if (!hasCode(error, "file_exists")) throw error;
    }
  }
  throw new PhononError("file_exists", `${folder} holds ${MAX_COPIES} exports of ${name}; remove some.`);
}
