/** A run's configuration as the agent's `load` and `run` requests. */
import type { LoadConfig, RequestMessage, StreamConfig } from "../agent/messages.js";
import type { RunConfig, Stage } from "./config.js";
import { randomTokens } from "./random.js";

/** What of a plan holds where nobody chose. */
export type PlannedStream = Pick<RunConfig, "reads" | "hotFrequency" | "queueDepth"> & { ioCore?: number };

/** `path`: the model's or, with `packed`, its pack's, on the target. */
export function loadMessage(config: RunConfig, path: string, packed = false, planned: PlannedStream = {}): LoadConfig {
  const { threads, cores, context, batch, activation, kernels, memory, enforce, coldCache } = config;
  return {
    path,
    ...(threads !== undefined && { threads }),
    ...(cores !== undefined && { cores, threads: cores.length }),
    ...(context !== undefined && { context }),
    ...(batch !== undefined && { batch }),
    ...(activation !== undefined && { activation }),
    ...(kernels !== undefined && { kernels }),
    ...(memory !== undefined && { memory_bytes: memory }),
    ...(enforce !== "auto" && { enforce }),
    ...(coldCache && { cold_cache: coldCache }),
    ...(packed && { stream: streamConfig(config, planned) }),
    ...(config.engine === "llama.cpp" && {
      mmap: config.mmap,
      repack: config.repack,
      flash_attention: config.flashAttention,
    }),
  };
}

/** LLM in a flash: a sliding window of tokens, and a layer is computed when all that it lacks has been read. */
export const streamedAs = ({
  engine,
  off = [],
  eviction,
}: RunConfig): Pick<RunConfig, "eviction"> & { off: Stage[] } =>
  engine === "llmflash" ? { off: [...off, "pipeline"], eviction: "window" } : { off, eviction };

function streamConfig(config: RunConfig, planned: PlannedStream): StreamConfig {
  const { cacheNeurons, verifyReads, patience } = config;
  const { reads = planned.reads, hotFrequency = planned.hotFrequency } = config;
  const { queueDepth = planned.queueDepth, ioCore = planned.ioCore } = config;
  const { off, eviction } = streamedAs(config);
  return {
    predictor: !off.includes("predictor"),
    bundles: !off.includes("bundle"),
    cache: !off.includes("cache"),
    pipeline: !off.includes("pipeline"),
    ...(reads !== undefined && { two_phase: reads === "two-phase" }),
    ...(hotFrequency !== undefined && { hot_frequency: hotFrequency }),
    ...(eviction !== undefined && { eviction }),
    ...(cacheNeurons !== undefined && { cache_neurons: cacheNeurons }),
    ...(verifyReads !== undefined && { verify_reads: verifyReads }),
    ...(patience !== undefined && { patience_s: patience }),
    ...(queueDepth !== undefined && { queue_depth: queueDepth }),
    ...(typeof ioCore === "number" && { io_core: ioCore }),
  };
}

/** `vocabulary`: the loaded model's, from which random prompt tokens are drawn. */
export function runMessage(config: RunConfig, run: string, vocabulary: number): RequestMessage<"run"> {
  const { sampler, promptTokens, promptRandom } = config;
  const tokens =
    promptTokens ?? (promptRandom !== undefined ? randomTokens(promptRandom, vocabulary, config.seed) : undefined);
  return {
    type: "run",
    run,
    ...(tokens ? { prompt_tokens: tokens } : { prompt: config.prompt ?? "", special: config.special }),
    max_tokens: config.tokens,
    sampler: {
      temperature: config.greedy ? 0 : sampler.temperature,
      top_k: sampler.topK,
      top_p: sampler.topP,
      min_p: sampler.minP,
      repeat_penalty: sampler.repeatPenalty,
      repeat_last: sampler.repeatLast,
      seed: config.seed,
    },
    stop: config.stop,
    ignore_end: config.ignoreEnd,
    force_tokens: config.forceTokens ?? null,
    sample_hz: 5,
    token_events: true,
    ...(config.timelineEvery !== undefined && { timeline_every: config.timelineEvery }),
  };
}
