/** The plan of a run: every knob with its value, source and reason, and what the run will take. Made by the addon. */
import { z } from "zod";
import type { DeviceFacts, HardwareProfile } from "../agent/messages.js";
import type { Reader } from "./reader/reader.js";
import { reportOf } from "./reader/report.js";
import { sharedReader } from "./reader/shared.js";

const count = z.number().min(0);
const share = z.number().min(0).max(1);
const text = z.string().max(4096);

export const KNOB_SOURCES = ["measured", "pack", "model", "user", "assumed"] as const;

const knob = z.object({
  name: z.string().max(64),
  value: z.union([z.number(), text]),
  unit: z.string().max(32),
  source: z.enum(KNOB_SOURCES),
  reason: text,
});

/** Times in milliseconds, sizes in bytes, neurons of all layers. */
export const planSchema = z.object({
  knobs: z.array(knob).max(64),
  decode: z.object({
    tokens_per_s: count,
    token_ms: count,
    parts_ms: z.object({
      ...{ attention: count, predictor: count, cache: count, compute: count, stall: count, other: count },
    }),
    flash_ms: count, // of a token, in which flash reads; what is not hidden behind computing is `stall`
    ...{ let_through: count, active: count, misses: count, hit_rate: share, reads: count, read_bytes: count },
  }),
  prefill: z.object({ ms: count, tokens_per_s: count, ttft_ms: count, compute_ms: count, flash_ms: count }),
  memory: z.object({ peak_bytes: count, parts_bytes: z.record(z.string().max(32), count) }),
  smallest_bytes: count, // the least budget that works
  largest_bytes: count, // from which on every neuron is in memory
  curve: z.array(z.object({ memory_bytes: count, cache_neurons: count, hit_rate: share, tokens_per_s: count })).max(64),
  activity: z.object({ assumed: z.boolean(), source: text }),
});

export type Plan = z.infer<typeof planSchema>;

/** What is known, and what the user has decided; the rest the planner decides. */
export interface PlanRequest {
  profile: HardwareProfile;
  cores: Pick<DeviceFacts["cores"][number], "id" | "class">[];
  available_bytes: number; // of the device's memory
  memory_bytes?: number | undefined;
  context?: number | undefined;
  threads?: number | undefined;
  compute_cores?: number[] | undefined; // one for each thread
  batch?: number | undefined;
  prompt?: number | undefined; // tokens
  cache_neurons?: number | undefined;
  eviction?: string | undefined;
  off?: string[] | undefined; // stages that are left out
  activation?: string | undefined;
  pack?: string | undefined; // on this computer
  /** What packing elsewhere told, where the pack itself is not here. */
  statistics?: { active: number; let_through: number; recall: number; energy: number } | undefined;
}

export interface PlanOptions {
  signal?: AbortSignal | undefined;
  /** For tests: another one in the program's place. */
  reader?: Pick<Reader, "plan"> | undefined;
}

/** Throws a PhononError that names the file. */
export const planModel = (
  path: string,
  request: PlanRequest,
  { reader = sharedReader(), signal }: PlanOptions = {},
): Promise<Plan> => reportOf(path, planSchema, reader.plan(path, request, signal));
