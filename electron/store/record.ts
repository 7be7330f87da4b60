/** run.json: everything about a run that is not an event. Written when the run begins and again as facts come in. */
import { z } from "zod";
import { deviceFacts, loadReport, packState } from "../agent/messages.js";
import { llamaBenchOutput } from "./llama-bench.js";
import { packRecordSchema } from "./packs.js";
import { plannedKnob, predictionSchema } from "./prediction.js";
import { RUN_STATUSES } from "./run-summary.js";

export const RECORD_VERSION = 1;

export const runRecordSchema = z.object({
  version: z.literal(RECORD_VERSION),
  run_id: z.string(),
  started_at: z.string(), // ISO 8601
  kind: z.enum(["run", "llama-bench"]),
  engine: z.string(),
  target: z.string(),
  config: z.record(z.string(), z.unknown()), // the resolved RunConfig
  /** Which comparison the run belongs to. */
  comparison: z.object({ id: z.string(), round: z.number(), configuration: z.string() }).nullable(),
  /** Who writes the bundle, so that a run whose program is gone is told from one that goes on. */
  writer: z.object({ pid: z.number(), host: z.string(), started: z.string().nullable() }),
  versions: z.object({
    program: z.string(),
    node: z.string(),
    agent: z.string().nullable(),
    agent_build: z.string().nullable(),
    engine_build: z.string().nullable(),
    protocol: z.number().nullable(),
  }),
  model: z.object({
    path: z.string(), // on this computer
    target_path: z.string().nullable(),
    file_bytes: z.number(),
    sha256: z.string().nullable(),
  }),
  /** What it streamed from; absent or null: it ran from memory. */
  pack: z
    .object({ target_path: z.string(), found: packState, made: packRecordSchema.nullable() }) // null: it was there
    .nullable()
    .optional(),
  /** What the planner foresaw; absent or null: nothing. */
  prediction: predictionSchema.nullable().optional(),
  /** What of the plan the run took over, nobody having chosen. */
  planned: z.array(plannedKnob).optional(),
  agent: z.object({ file: z.string(), sha256: z.string() }).nullable(),
  device: deviceFacts.nullable(),
  load: loadReport.nullable(),
  /** What the user's own llama-bench printed; such a run has no events. */
  llama_bench: llamaBenchOutput.nullable(),
  /** What this side has to say: preflight lines that are not "ok", and the like. */
  warnings: z.array(z.string()),
  /** How the run ended where its events cannot say so: a lost agent, a failed push. */
  outcome: z.object({ status: z.enum(RUN_STATUSES), reason: z.string(), message: z.string() }).nullable(),
});

export type RunRecord = z.infer<typeof runRecordSchema>;
