/** A plan's curve over budgets, read between its points. */
import type { PlannedRun } from "../../electron/ipc/contract.js";
import { bytes, percent, speed, text } from "./format.js";

type Plan = PlannedRun["plan"];

export interface PlannedPoint {
  tokensPerS: number;
  hitRate: number; // 0 to 1
}

/** Null: the budget is too small. */
export function plannedAt(plan: Plan, memoryBytes: number): PlannedPoint | null {
  if (memoryBytes < plan.smallest_bytes) return null;
  const curve = [...plan.curve].sort((a, b) => a.memory_bytes - b.memory_bytes);
  const above = curve.findIndex((point) => point.memory_bytes >= memoryBytes);
  const after = above === -1 ? curve.at(-1) : curve[above];
  if (after === undefined) return null;
  const before = above > 0 ? (curve[above - 1] ?? after) : after;
  const span = after.memory_bytes - before.memory_bytes;
  const share = span > 0 ? (memoryBytes - before.memory_bytes) / span : 1;
  const between = (a: number, b: number): number => a + (b - a) * Math.min(1, Math.max(0, share));
  return {
    tokensPerS: between(before.tokens_per_s, after.tokens_per_s),
    hitRate: between(before.hit_rate, after.hit_rate),
  };
}

export function plannedInWords(plan: Plan, point: PlannedPoint | null): string {
  if (point === null) return `Too little to stream: the least that works is ${text(bytes(plan.smallest_bytes))}.`;
  const hits = `${text(percent(point.hitRate))} of the neurons found in the cache`;
  const doubt = plan.activity.assumed ? ", if as few neurons fire as in models of its kind" : "";
  return `Foreseen: ${text(speed(point.tokensPerS))}, ${hits}${doubt}.`;
}
