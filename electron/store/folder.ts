import { join } from "node:path";
import { phononHome } from "../base/home.js";

/** The files of a bundle. */
export const RECORD_FILE = "run.json";
export const EVENTS_FILE = "events.jsonl";
export const SUMMARY_FILE = "summary.json";

/** Where run bundles lie. */
export const runsFolder = (): string => join(phononHome(), "runs");
