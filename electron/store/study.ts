/**
 * What several contenders measured in turns came to: a ladder of stages, or a curve over memory. One file per study,
 * beside the run bundles it was made from. Times in milliseconds, sizes in bytes, speeds in tokens per second.
 */
import { z } from "zod";
import { runSummarySchema, streamSummary } from "./run-summary.js";

export const STUDY_VERSION = 1;
export const STUDY_ID = /^(ablation|sweep)-[0-9a-z-]{1,64}$/;

const count = z.number().min(0);
const measured = z.number().nullable(); // null: not measured, or not measurable
const spread = z.object({ median: z.number(), min: z.number(), max: z.number(), mad: z.number() }); // over the rounds

/** Of one contender: medians over its rounds. */
export const studyFigures = z.object({
  name: z.string(),
  engine: z.string(),
  run_ids: z.array(z.string()), // one per round
  failure: z.object({ code: z.string(), message: z.string() }).nullable(), // why it was left out after these runs
  output_tokens: measured, // of a run
  decode_tps: spread.nullable(),
  prefill_tps: spread.nullable(),
  ttft_ms: measured,
  decode_ms: runSummarySchema.shape.decode_ms,
  memory: z.object({ budget_bytes: measured, peak_bytes: measured, enforced: z.string().nullable() }),
  // Null: it does not stream from a pack.
  per_token: streamSummary.shape.per_token.nullable(), // medians over the tokens after the first
  hit_rate: measured, // of the neurons looked for while decoding
  stall_share: measured, // of decode time, waiting for flash
  cache: z.object({ bytes: count, neurons: count, of_neurons: count }).nullable(),
});

/** One contender's decode speed over another's. */
export const studyRatio = z.object({
  over: z.string(), // the other's name
  ratio: z.number(),
  ci95: z.tuple([z.number(), z.number()]),
  verdict: z.enum(["faster", "slower", "not distinguishable"]),
});

const head = {
  version: z.literal(STUDY_VERSION),
  id: z.string().regex(STUDY_ID), // its runs name it as their comparison
  started_at: z.string(), // ISO 8601
  target: z.string(),
  model: z.string(), // the file's path on this computer
  model_name: z.string().nullable(),
  rounds: count,
  // What a run generates at most, whichever comes first:
  tokens: count,
  seconds: measured,
  prompt_tokens: count,
  warnings: z.array(z.string()),
};

/** Slowest first as the ladder climbs; rungs that are not part of it (`beside`) come last. */
export const ablationSchema = z.object({
  ...head,
  kind: z.literal("ablation"),
  memory_bytes: count, // the budget of every rung
  rungs: z.array(
    studyFigures.extend({
      off: z.array(z.string()).nullable(), // stages left out; null: not Phonon
      beside: z.boolean(),
      step: studyRatio.nullable(), // over the rung before; null: there is none, or one of them was left out
    }),
  ),
});

/** In order of memory, smallest first; at each budget, one point per engine. */
export const sweepSchema = z.object({
  ...head,
  kind: z.literal("sweep"),
  points: z.array(studyFigures.extend({ memory_bytes: count })),
});

export const studySchema = z.discriminatedUnion("kind", [ablationSchema, sweepSchema]);

export type StudyFigures = z.output<typeof studyFigures>;
export type StudyRatio = z.output<typeof studyRatio>;
export type Ablation = z.output<typeof ablationSchema>;
export type Rung = Ablation["rungs"][number];
export type Sweep = z.output<typeof sweepSchema>;
export type SweepPoint = Sweep["points"][number];
export type Study = z.output<typeof studySchema>;
