/** Studies on disk: `studies/ID.json` in the data folder. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeJson } from "../base/atomic.js";
import { hasCode, messageOf, PhononError } from "../base/errors.js";
import { phononHome } from "../base/home.js";
import { newRunId } from "./run-id.js";
import { studySchema, type Study } from "./study.js";

export const newStudyId = (kind: Study["kind"]): string => `${kind}-${newRunId()}`;

/** Whether `text` could be the beginning of a study's name and not of a run's. */
export const isStudyIdPrefix = (text: string): boolean => /^(ablation|sweep)(-[0-9a-z-]*)?$/.test(text);

/** Returns the file. */
export async function keepStudy(study: Study): Promise<string> {
  await mkdir(folder(), { recursive: true });
  const file = fileOf(study.id);
  await writeJson(file, study);
  return file;
}

/** Newest first; what cannot be read is left out. */
export async function listStudies(): Promise<Study[]> {
  const read = await Promise.all((await studyIds()).map((id) => readStudy(id).catch(() => undefined)));
  return read.flatMap((study) => study ?? []).sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
}

/** The one study whose name begins with `prefix`; of "sweep" or "ablation" alone: the newest one. */
export async function findStudy(prefix: string): Promise<Study> {
  const ids = (await studyIds()).filter((id) => id.startsWith(prefix)).sort();
  const newest = ids.at(-1);
  if (newest === undefined) throw new PhononError("no_such_study", `there is no "${prefix}" in ${folder()}`);
  if (ids.length > 1 && prefix.includes("-")) {
    throw new PhononError("ambiguous_study", `"${prefix}" is the beginning of ${ids.length} names; give more of it`);
  }
  return readStudy(newest);
}

async function readStudy(id: string): Promise<Study> {
  const file = fileOf(id);
  try {
    return studySchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new PhononError("study_damaged", `${file} holds no study that can be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function studyIds(): Promise<string[]> {
  try {
    return (await readdir(folder())).flatMap((name) => /^((?:ablation|sweep)-.+)\.json$/.exec(name)?.[1] ?? []);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

const folder = (): string => join(phononHome(), "studies");
const fileOf = (id: string): string => join(folder(), `${id}.json`);
