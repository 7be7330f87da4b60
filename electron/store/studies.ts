/** Studies on disk: `studies/ID.json` in the data folder. */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeJson } from "../base/atomic.js";
import { hasCode, messageOf, PhononError } from "../base/errors.js";
import { phononHome } from "../base/home.js";
import { newRunId } from "./run-id.js";
import { STUDY_ID, studySchema, type Study } from "./study.js";

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

/** One that is kept; or why what is kept cannot be read. */
export type ListedStudy = { id: string; study: Study } | { id: string; study: null; problem: string };

/** Newest first, and after them what cannot be read. */
export async function listStudies(): Promise<ListedStudy[]> {
  const all = await Promise.all(
    (await studyIds()).map(async (id): Promise<ListedStudy> => {
      try {
        return { id, study: await readStudy(id) };
      } catch (error) {
        return { id, study: null, problem: messageOf(error) };
      }
    }),
  );
  const began = ({ study }: ListedStudy): string => study?.started_at ?? "";
  return all.sort((a, b) => (began(a) < began(b) ? 1 : began(a) > began(b) ? -1 : 0));
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

export async function readStudy(id: string): Promise<Study> {
  const file = fileOf(id);
  try {
    const study = studySchema.parse(JSON.parse(await readFile(file, "utf8")));
    if (study.id !== id) throw new Error(`it is named ${study.id}`);
    return study;
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw new PhononError("no_such_study", `there is no ${id} in ${folder()}`);
    throw new PhononError("study_damaged", `${file} holds no study that can be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Its runs stay. One that is not there any more is passed over. */
export async function deleteStudy(id: string): Promise<void> {
  await rm(fileOf(id), { force: true });
}

async function studyIds(): Promise<string[]> {
  try {
    const names = (await readdir(folder())).filter((name) => name.endsWith(".json"));
    return names.map((name) => name.slice(0, -".json".length)).filter((id) => STUDY_ID.test(id));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

const folder = (): string => join(phononHome(), "studies");

function fileOf(id: string): string {
  if (!STUDY_ID.test(id)) throw new PhononError("bad_request", `${JSON.stringify(id)} is not a study's name.`);
  return join(folder(), `${id}.json`);
}
