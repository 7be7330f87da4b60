/** What `llama-bench -o json` prints: the fields Phonon reads and writes. Files of other versions may have more. */
import { z } from "zod";

const real = z.number();
const count = z.number().int().min(0);
const text = z.string().max(4096);

export const llamaBenchEntry = z.looseObject({
  build_commit: text,
  build_number: count,
  cpu_info: text,
  gpu_info: text,
  backends: text,
  model_filename: text,
  model_type: text,
  model_size: count, // bytes
  model_n_params: count,
  n_batch: count,
  n_ubatch: count,
  n_threads: count,
  n_prompt: count, // n_gen 0: a prefill test; n_prompt 0: a decode test
  n_gen: count,
  test_time: text, // ISO 8601
  avg_ns: real.min(0),
  stddev_ns: real.min(0),
  avg_ts: real.min(0), // tokens per second
  stddev_ts: real.min(0),
  samples_ns: z.array(real.min(0)).max(100_000).optional(), // other output formats leave the samples out
  samples_ts: z.array(real.min(0)).max(100_000).optional(),
});

export const llamaBenchOutput = z.array(llamaBenchEntry).min(1).max(1000);

export type LlamaBenchEntry = z.infer<typeof llamaBenchEntry>;
