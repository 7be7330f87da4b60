/** What comparisons and studies have in common: how they stand, and their runs in their places. */
import type { WorkState } from "../../electron/ipc/contract.js";

export interface Slot {
  name: string; // of whose run it is
  engine: string;
  round: number;
  state: "done" | "now" | "to come" | "left out";
}

/** `who`: whose step it is. */
export function standing(
  {
    status,
    step,
    rounds,
  }: Pick<WorkState, "status" | "rounds"> & { step: { round: number | null; what: string } | null },
  who: string,
): string {
  if (status === "done") return "Done";
  if (status === "failed") return "Failed";
  if (status === "cancelled") return "Cancelled";
  if (step === null) return "Checking the target and the model …";
  const where = step.round === null ? "Before the first round" : `Round ${step.round + 1} of ${rounds}`;
  return `${where}: ${who}, ${step.what}`;
}
