/** Run bundles on disk. */
export { Bundle, type NewRun, type Outcome } from "./bundle.js";
export { runsFolder } from "./folder.js";
export { findRun, listRuns, readRun, rebuildSummary, type KeptRun, type RunListing } from "./history.js";
export { llamaBenchEntry, llamaBenchOutput, type LlamaBenchEntry } from "./llama-bench.js";
export { newRunId } from "./run-id.js";
export type { RunRecord } from "./record.js";
