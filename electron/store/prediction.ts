/** What the planner foresaw of a run, and by how much it was wrong. */
import { z } from "zod";

const figure = z.number().min(0);
const error = z.number().nullable(); // (predicted - measured) / measured; null: not measured

export const predictionSchema = z.object({
  decode_tps: figure,
  prefill_tps: figure,
  ttft_ms: figure,
  hit_rate: figure, // of the neurons looked for while decoding
  peak_bytes: figure,
  assumed: z.boolean(), // how the model's neurons fire was assumed, not measured
});

export type Prediction = z.infer<typeof predictionSchema>;

/** A value that the planner chose, where it comes from and why. */
export const plannedKnob = z.object({
  name: z.string(),
  value: z.union([z.number(), z.string()]),
  source: z.string(),
  reason: z.string(),
});

export type PlannedKnob = z.infer<typeof plannedKnob>;

const FIGURES = ["decode_tps", "prefill_tps", "ttft_ms", "peak_bytes"] as const;
type Figures = Record<(typeof FIGURES)[number], number | null>;

export const predictedSummary = predictionSchema.extend({
  error: z.object({ decode_tps: error, prefill_tps: error, ttft_ms: error, peak_bytes: error }),
});

export type PredictedSummary = z.infer<typeof predictedSummary>;

export function besideMeasured(predicted: Prediction, measured: Figures): PredictedSummary {
  const errorOf = (name: keyof Figures) => {
    const was = measured[name];
    return was === null || was <= 0 ? null : predicted[name] / was - 1;
  };
  return {
    ...predicted,
    error: Object.fromEntries(FIGURES.map((name) => [name, errorOf(name)])) as Record<keyof Figures, number | null>,
  };
}
