/** Run bundles on disk. */
export { Bundle, type NewRun, type Outcome } from "./bundle.js";
export { runsFolder } from "./folder.js";
export { deleteRuns } from "./delete.js";
export { findRun, findRunId, readRun, rebuildSummary, type KeptRun } from "./history.js";
export { llamaBenchEntry, llamaBenchOutput, type LlamaBenchEntry } from "./llama-bench.js";
export { queryRuns } from "./run-index.js";
export type { RunListing, RunPage, RunQuery } from "./query.js";
export { keepProfile, readProfile, type ProfileRecord } from "./profiles.js";
export type { PlannedKnob, PredictedSummary, Prediction } from "./prediction.js";
export { forgetPack, formerPacks, keepPack, packsOf, readPack, type PackRecord } from "./packs.js";
export { newRunId } from "./run-id.js";
export type { RunRecord } from "./record.js";
export {
  deleteStudy,
  findStudy,
  isStudyIdPrefix,
  keepStudy,
  listStudies,
  newStudyId,
  readStudy,
  type ListedStudy,
} from "./studies.js";
export {
  STUDY_VERSION,
  type Ablation,
  type Rung,
  type Study,
  type StudyFigures,
  type StudyRatio,
  type Sweep,
  type SweepPoint,
} from "./study.js";
