/** What a run came to: the object that `run --json` prints and summary.json holds. */
import { z } from "zod";
import { streamReport } from "../agent/messages.js";
import { predictedSummary } from "./prediction.js";

export const RUN_STATUSES = ["running", "done", "cancelled", "failed", "interrupted"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

const count = z.number().min(0);
const measured = z.number().nullable(); // null: not measured, or not measurable in this run

/**
 * How a pack was streamed: what loading told, and medians over the tokens after the first. Predicting, managing the
 * cache, computing and stalling are means over the compute threads.
 */
export const streamSummary = streamReport.extend({
  per_token: z.object({
    candidates: measured, // neurons that the predictor let through, all layers
    active: measured, // of them, those that fire
    misses: measured,
    hot_hits: measured.default(null), // found in the cache's hot region
    reads: measured,
    read_bytes: measured,
    queue_depth: measured.default(null), // reads under way when one is answered
    predict_ms: measured,
    cache_ms: measured,
    compute_ms: measured,
    stall_ms: measured,
  }),
  hit_rate: measured, // of the neurons looked for while decoding
  stall_share: measured, // of decode time, waiting for flash
});

export type StreamSummary = z.infer<typeof streamSummary>;

/** Times in milliseconds, sizes in bytes, speeds in tokens per second. */
export const runSummarySchema = z.object({
  run_id: z.string(),
  run_dir: z.string(),
  started_at: z.string(), // ISO 8601
  engine: z.string(), // "phonon", "llama.cpp", or "llama-bench" for a run of the user's own program
  engine_build: z.string().nullable(),
  target: z.string(),
  model: z.string(), // the file's path on this computer
  model_name: z.string().nullable(), // as its metadata says
  threads: z.number().nullable(),
  kernels: z.string().nullable(), // instruction-set level that ran
  text: z.string(),
  tokens: z.array(z.int()), // generated ids
  prompt_tokens: count,
  output_tokens: count,
  ttft_ms: measured, // from the run's request to the first token chosen
  prefill_ms: measured,
  prefill_tps: measured,
  decode_tps: measured, // (output_tokens - 1) / (time from the first to the last token)
  decode_ms: z.object({ mean: measured, p50: measured, p90: measured, p99: measured }), // per token after the first
  /**
   * Where that time went: means over the middle half of the tokens by their time. An engine that does not tell its parts
   * apart has all but sampling in `other`; `streamed` is what threads did within `ffn`, as in `stream`.
   */
  decode_parts_ms: z
    .object({
      ...{ attention: count, ffn: count, sampling: count, other: count },
      streamed: z.object({ predict_ms: count, cache_ms: count, compute_ms: count, stall_ms: count }).optional(),
    })
    .optional(),
  memory: z.object({
    budget_bytes: measured, // for everything the process holds, page cache included
    peak_bytes: measured,
    enforced: z.enum(["cgroup", "balloon", "none"]).nullable().default("none"), // null: it ended before it could tell
    cold_cache: z.string().nullable().default(null), // how the page cache was emptied before; null: it was not
    note: z.string().default(""), // how that was done and measured
  }),
  cache: z.object({ hits: count, misses: count, hit_rate: measured }),
  flash: z.object({ bytes: count, reads: count, stall_ms: count }),
  stream: streamSummary.optional(), // of runs from a pack
  predicted: predictedSummary.optional(), // of runs that the planner foresaw
  ops: z.object({ npu: count, dense: count, cpu: count }), // neurons computed by each unit
  accelerator: z.string().nullable(),
  status: z.enum(RUN_STATUSES), // "interrupted": the program died while the run went on
  reason: z.string().nullable(), // "length", "stop", "end", or an error's code
  message: z.string().nullable(), // what went wrong, for a person
  warnings: z.array(z.string()),
});

export type RunSummary = z.infer<typeof runSummarySchema>;
