/** What an agent tells of the device it runs on and of the model it has loaded. */
import { z } from "zod";
import { cores, count, mhz, milliseconds, name, path, small, text } from "./bounds.js";

export const coreFacts = z.object({
  id: small,
  max_mhz: mhz.nullable(),
  class: z.enum(["big", "mid", "little"]),
});

export const memoryFacts = z.object({ total_bytes: count, available_bytes: count });

/** What the agent's process uses. Null: the device does not tell. */
export const processMemory = z.object({
  rss_bytes: count.nullable(),
  anon_bytes: count.nullable(),
  file_bytes: count.nullable(), // mapped files and their share of the page cache
  major_faults: count.nullable(),
});

export const deviceFacts = z.object({
  abi: name,
  soc: name.nullable(),
  model: name.nullable(),
  kernel: name,
  page_size: count,
  cores: z.array(coreFacts).max(4096),
  features: z.array(name).max(1024),
  memory: memoryFacts,
  storage: z.object({ path, total_bytes: count, free_bytes: count }),
});

export const activation = z.enum(["silu", "relu", "drelu", "relu2"]);

export const modelFacts = z.object({
  architecture: name,
  name,
  quantisation: name, // the type that holds most bytes
  file_bytes: count,
  parameters: count,
  layers: count,
  embedding: count, // width of the residual stream
  ffn: count, // neurons per layer (per expert where there are several)
  heads: count,
  kv_heads: count,
  head_dim: count,
  vocabulary: count,
  context: count, // tokens it was trained for
  experts: count,
  experts_used: count,
  activation,
  quants: z.array(z.object({ type: name, tensors: count, bytes: count })).max(64),
});

/** What a pack has quantised anew: Down, in columns with scales of their own; "q4_0" also Gate and Up where they are wider. */
export const REQUANTISE = ["down-q8_0", "down-q4_0", "q4_0"] as const;
export const requantise = z.enum(REQUANTISE);

/** How a pack stands to its model: "stale" is of another file or of an older state, "unreadable" damaged or of another version. */
export const packState = z.enum(["current", "missing", "stale", "unreadable"]);

const share = z.number().min(0).max(1);

/** A layer's predictor in a pack. Costs are of a token, in microseconds of a core, half of the neurons in memory. */
export const packedPredictor = z.object({
  kind: z.enum(["two-bit", "low-rank"]),
  rank: count, // of the factors
  bytes: count, // in memory, read for every token
  active: share, // of the neurons
  let_through: share,
  recall: share, // of the firing ones, let through
  precision: z.number().min(0), // of those let through, firing
  energy: share, // of the activations', kept
  cost_us: z.number().min(0),
  two_bit_us: z.number().min(0), // 0: that kind was not tried
  low_rank_us: z.number().min(0),
});
export type PackedPredictor = z.infer<typeof packedPredictor>;
export const packedPredictors = z.array(packedPredictor).max(1024);

/** How often a pack's neurons fired in its profile; shares are means over the layers. */
export const packProfile = z.object({
  layers: count,
  neurons: count, // of a layer
  tokens: count, // of the profile
  active: share, // of the neurons, for a token
  let_through: share, // by the predictor
  recall: share, // of the firing ones, let through
  energy: share, // of the activations' energy, kept
  overlap: share, // of a token's firing neurons, that fired for the token before
  predictors: packedPredictors.default([]), // by layer
  /** By batch: share of all neurons that fired for at most 0 %, 1 % ... 100 % of the batches. */
  batches: z.array(z.object({ batch: small, up_to: z.array(share).length(101) })).max(16),
});

/** How a pack's neurons are kept and read. */
export const streamReport = z.object({
  resident_bytes: count, // of the FFNs: scales, predictor, tables
  cache_bytes: count,
  cache_neurons: count,
  neurons: count,
  hot_neurons: count.default(0), // that are read and evicted by the cluster
  hot_slots: count.default(0), // of the cache, for them
  eviction: name,
  window_tokens: count.default(0), // that the sliding window holds at first; 0: there is no window
  flash: name, // backend of the reads
  queue_depth: count.default(0), // reads under way at most; 0: not told
  direct: z.boolean(), // past the page cache
  reads: name.default("whole"), // what one brings of a neuron: "whole", "two-phase", or one matrix's "parts"
  note: text, // why not direct, or why not another backend
  sparsity: z.number().min(0).max(1).default(0), // share of the neurons below a threshold; 0: there is none
  predictor_energy: z.number().min(0).max(1), // share of the activations' energy kept in the profile
  predictor_bytes: count.default(0), // of all layers' predictors, read for every token
  io_core: z.number().int().min(-1).max(4095).default(-1), // that the I/O thread is pinned to; -1: none
  predictors: packedPredictors.default([]), // by layer
});

/** How the memory of the agent's process is limited and what it came to, page cache included. */
export const memoryReport = z.object({
  budget_bytes: count.nullable(), // null: there is no limit
  peak_bytes: count.nullable(), // the most the process held since before it loaded
  enforced: z.enum(["cgroup", "balloon", "none"]),
  cold_cache: z.enum(["drop_caches", "posix_fadvise", "failed"]).nullable(), // null: not asked for
  note: text, // how that was done and measured, and what could not be done
});

export const loadReport = z.object({
  model: modelFacts,
  threads: small,
  cores, // one per thread; -1: could not be pinned
  context: count,
  kernels: name,
  weight_bytes: count,
  kv_bytes: count,
  load_ms: milliseconds,
  stream: streamReport.optional(), // of a pack
  warnings: z.array(text).max(256),
  memory: memoryReport.optional(), // where a limit, a measurement or a cold cache was asked for
});

export type DeviceFacts = z.output<typeof deviceFacts>;
export type ModelFacts = z.output<typeof modelFacts>;
export type MemoryReport = z.output<typeof memoryReport>;
export type PackProfile = z.output<typeof packProfile>;
export type PackState = z.output<typeof packState>;
export type StreamReport = z.output<typeof streamReport>;
export type LoadReport = z.output<typeof loadReport>;
