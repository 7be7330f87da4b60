/**
 * Every request a client can make, with the result its answer carries. Each is declared here once; the session's
 * types follow from this table.
 */
import { z } from "zod";
import { cores, count, name, path, requestId, runId, sequenceNumber, small, text, tokenId, tokens } from "./bounds.js";
import { activation, loadReport, packProfile, packState, processMemory, requantise } from "./facts.js";

export const eviction = z.enum(["lru", "heat", "window"]);

export const predictorKind = z.enum(["auto", "two-bit", "low-rank"]);

/** How a pack is run; every stage can be switched off. */
export const streamConfig = z.object({
  predictor: z.boolean().optional(), // compute only the neurons that are predicted to fire
  bundles: z.boolean().optional(), // read a neuron's Gate, Up and Down at once
  two_phase: z.boolean().optional(), // with bundles: Gate first, Up and Down only of neurons that fire
  cache: z.boolean().optional(), // keep neurons from token to token
  pipeline: z.boolean().optional(), // compute while flash reads
  eviction: eviction.optional(),
  cache_neurons: count.optional(), // absent or 0: as many as the memory budget leaves room for
  hot_frequency: z.number().min(0).max(1).optional(), // who fires for more of the tokens is read and evicted by cluster
  verify_reads: z.boolean().optional(), // compare what is read with its checksum
  patience_s: z.number().min(0.1).max(3600).optional(), // flash silent for so long has failed
  queue_depth: z.number().int().min(0).max(64).optional(), // reads under way at most; absent or 0: 64
  io_core: z.number().int().min(-1).max(1023).optional(), // to pin the I/O thread to; absent or -1: none
});

/** How a memory budget is enforced; "measure": not at all, but the peak is measured from outside. */
export const enforcement = z.enum(["auto", "cgroup", "balloon", "none", "measure"]);

export const loadConfig = z.object({
  path,
  threads: small.optional(), // absent or 0: one per core of the fastest class
  cores: cores.optional(),
  context: count.optional(), // tokens of KV cache per sequence
  sequences: small.optional(),
  batch: small.optional(),
  activation: activation.optional(), // overrides the model's metadata
  kernels: name.optional(), // instruction-set level
  stream: streamConfig.optional(), // of packs
  mmap: z.boolean().optional(), // llama.cpp only, as the two below
  repack: z.boolean().optional(),
  flash_attention: z.boolean().optional(),
  memory_bytes: count.optional(), // budget for everything the process holds, page cache included
  enforce: enforcement.optional(),
  cold_cache: z.boolean().optional(), // the model's pages are dropped before it is loaded
});

export const sampler = z.object({
  temperature: z.number().min(0).max(1000).optional(), // 0: greedy
  top_k: small.optional(),
  top_p: z.number().min(0).max(1).optional(),
  min_p: z.number().min(0).max(1).optional(),
  repeat_penalty: z.number().min(0).max(1000).optional(),
  repeat_last: small.optional(),
  seed: count.optional(),
});

/** Exactly one of prompt and prompt_tokens must be there. */
export const runConfig = z.object({
  run: runId,
  prompt: text.optional(),
  prompt_tokens: tokens.optional(),
  special: z.boolean().optional(), // whether special tokens are recognised in the prompt
  max_tokens: count,
  sampler: sampler.optional(),
  stop: z.array(text).max(64).optional(),
  ignore_end: z.boolean().optional(),
  /** Seed of a pseudo-random token stream that is fed to decode instead of what is sampled. */
  force_tokens: count.nullable().optional(),
  sample_hz: z.number().min(0).max(100).optional(),
  token_events: z.boolean().optional(),
  /** Of streamed models: the threads' timeline of every so many tokens, and of the slowest; 0: none. */
  timeline_every: count.max(1_048_576).optional(),
});

/** Exactly one of text and path (of a file on the target) must be there. */
export const scoreConfig = z.object({
  run: runId,
  text: text.optional(),
  path: path.optional(),
  context: count,
  against: z.literal("phonon").nullable().optional(),
});

/** Measures the device, with or without a model loaded. Its events are probe_progress, probed and ended. */
export const probeConfig = z.object({
  run: runId,
  folder: path, // on the flash that models are read from
  flash_bytes: count.optional(), // of the file that is written, read and removed
  flash_seconds: z.number().min(0.1).max(600).optional(),
});

/** Makes a pack of a model on the target. Its events are pack_progress, packed and ended. */
export const packConfig = z.object({
  run: runId,
  model: path, // a GGUF
  pack: path, // where the pack appears when it is whole
  text_path: path.optional(), // what the profile reads; absent: what the model writes
  energy_share: z.number().min(0.5).max(1).optional(), // of the activations' energy, that the predictor keeps
  sparsity: z.number().min(0).max(0.95).optional(), // of SiLU models, the share of activations that count as nothing
  predictor: predictorKind.optional(), // of all layers; absent or "auto": the cheaper one of each
  requantise: requantise.optional(), // absent: the pack computes what the model computes
  activation: activation.optional(),
  threads: small.optional(),
  seed: count.optional(),
});

const nothing = z.object({});

/** type -> the request without its type and id, and the result without its type and id */
export const requests = {
  renew: { request: nothing, result: nothing },
  status: {
    request: nothing,
    result: z.object({
      loaded: loadReport.nullable(),
      run: z.object({ run: runId, last_seq: count }).nullable(),
      memory: processMemory.extend({ total_bytes: count.nullable(), available_bytes: count.nullable() }),
    }),
  },
  load: { request: loadConfig, result: z.object({ report: loadReport }) },
  unload: { request: nothing, result: nothing },
  run: { request: runConfig, result: z.object({ prompt_tokens: count }) },
  score: { request: scoreConfig, result: z.object({ tokens: count }) },
  probe: { request: probeConfig, result: nothing },
  pack: { request: packConfig, result: nothing },
  check_pack: {
    request: z.object({ model: path, pack: path }),
    result: z.object({ state: packState }),
  },
  pack_profile: { request: z.object({ pack: path }), result: z.object({ profile: packProfile }) },
  /** Without a run: whatever goes on. */
  cancel: { request: z.object({ run: runId.optional() }), result: nothing },
  attach: { request: z.object({ run: runId, from_seq: sequenceNumber }), result: z.object({ last_seq: count }) },
  tokenize: {
    request: z.object({ text, special: z.boolean().optional() }),
    result: z.object({ tokens: z.array(tokenId).max(1_048_576) }),
  },
  shutdown: { request: nothing, result: nothing },
} as const;

export type RequestType = keyof typeof requests;
export type RequestBody<T extends RequestType> = z.input<(typeof requests)[T]["request"]>;
export type RequestResult<T extends RequestType> = z.output<(typeof requests)[T]["result"]>;
/** What AgentSession.request takes: the body with its type. The session adds the id. */
export type RequestMessage<T extends RequestType> = { type: T } & (RequestBody<T> extends Record<string, never>
  ? unknown
  : RequestBody<T>);

/** A request as it stands on a line. */
export const requestLine = z.looseObject({ type: name, id: requestId });

export type LoadConfig = RequestBody<"load">;
export type RunConfig = RequestBody<"run">;
export type StreamConfig = z.input<typeof streamConfig>;
export type ScoreConfig = RequestBody<"score">;
