/** What held a run to its memory, and what it found in the page cache: as its agent told, as far as anybody asked. */
import { bytes, text } from "./format.js";
import type { RunView } from "./run-view.js";

const MEANS = {
  cgroup: "enforced by a cgroup",
  balloon: "enforced by a balloon process",
  none: "not enforced",
} as const;

export interface Limits {
  words: string;
  note: string; // how that was done and measured; may be empty
}

/** Null: there was no budget, and nobody asked for a cold cache. */
export function limitsOf({ started, summary }: Pick<RunView, "started" | "summary">): Limits | null {
  const memory = summary?.memory ?? started?.report.memory;
  if (memory === undefined) return null;
  const { budget_bytes: budget, enforced, cold_cache: cold, note } = memory;
  const parts = [
    ...(budget === null ? [] : [`Budget ${text(bytes(budget))}${enforced === null ? "" : `, ${MEANS[enforced]}`}`]),
    ...(cold === null ? [] : [cold === "failed" ? "page cache could not be emptied" : `page cache emptied by ${cold}`]),
  ];
  return parts.length === 0 ? null : { words: parts.join("; "), note };
}
