import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What the planner said of a run before it began. */
const prediction = z.object({ decode_tps: z.number().positive(), peak_bytes: z.number().positive() });
const record = z.object({ predicted: prediction.nullish() });

export type Prediction = z.output<typeof prediction>;

/** From a run's folder; null: its record holds none. */
export function predictionOf(runDir: string): Prediction | null {
  return record.parse(JSON.parse(readFileSync(join(runDir, "run.json"), "utf8"))).predicted ?? null;
}
