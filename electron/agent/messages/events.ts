/** What happens in a run, as it is streamed, spooled on the target and kept in a run's events.jsonl. */
import { z } from "zod";
import { cores, count, mhz, milliseconds, name, real, runId, sequenceNumber, small, text, tokenId } from "./bounds.js";
import { loadReport, memoryReport, packedPredictors, processMemory } from "./facts.js";
import { hasExtent, heatLayers } from "./heat.js";
import { hardwareProfile } from "./profile.js";
import { threadSpans } from "./timeline.js";

const head = {
  type: z.literal("event"),
  run: runId,
  seq: sequenceNumber,
  t_ms: milliseconds, // since the run began, monotonic
};

export const startedEvent = z.object({
  ...head,
  kind: z.literal("started"),
  wall_ms: count, // Unix time, milliseconds
  engine: name,
  engine_build: name,
  kernels: name,
  threads: small,
  cores,
  prompt_tokens: count,
  prompt_ids: z.array(tokenId).max(4096), // the first ones
  config: z.record(name, z.unknown()), // the request with every default filled in
  report: loadReport,
});

export const prefillEvent = z.object({
  ...head,
  kind: z.literal("prefill"),
  done: count, // tokens
  total: count,
  ms: milliseconds,
});

/** What streaming did for one token. Times are means over the compute threads. */
export const streamStep = z.object({
  candidates: count, // neurons that the predictor let through, all layers
  active: count, // of them, those that fire
  hits: count,
  misses: count,
  hot_hits: count.default(0), // of the hits, in the cache's hot region
  reads: count,
  read_bytes: count,
  queue_depth: z.number().min(0).default(0), // reads under way when one is answered, mean
  predict_ms: milliseconds,
  cache_ms: milliseconds,
  compute_ms: milliseconds,
  stall_ms: milliseconds, // waiting for flash
  layer_hits: z.array(count).max(4096).optional(), // [layer]
  layer_misses: z.array(count).max(4096).optional(),
  layer_hot_hits: z.array(count).max(4096).optional(), // of the hits, in the cache's hot region
});

export const tokenEvent = z.object({
  ...head,
  kind: z.literal("token"),
  index: count,
  id: tokenId,
  text, // whole characters only; may be empty
  ms: milliseconds, // since the previous token; of the first one: since the end of prefill
  parts: z.object({ attention: milliseconds, ffn: milliseconds, sampling: milliseconds, other: milliseconds }),
  active: z.array(count).max(4096).optional(), // [layer] neurons computed
  stream: streamStep.optional(), // of models streamed from flash
});

/** Of every Nth token as it comes, and of the slowest others before the run's end. */
export const timelineEvent = z.object({
  ...head,
  kind: z.literal("timeline"),
  index: count, // of the token
  ms: milliseconds,
  slow: z.boolean(), // it is one of the slowest; else its turn had come
  threads: z.array(threadSpans).max(1024), // compute threads, in the order of the report's cores
  io: threadSpans,
  dropped: count, // spans that found no room
});

/** Of every 64 tokens, and of the last ones before the run's end: which neurons fire. Of runs from a pack. */
export const heatEvent = z
  .object({
    ...head,
    kind: z.literal("heat"),
    from: count, // tokens [from, to)
    to: count,
    neurons: count, // of a layer
    /**
     * [layer][bin] how often neurons fired, summed over the tokens and the bin: bin b has the neurons at positions
     * [b * neurons / bins, (b + 1) * neurons / bins) in the pack's order, the hottest first.
     */
    layers: heatLayers,
  })
  .refine(hasExtent, { message: "must be about tokens, and have no more bins than neurons" });

export const temperature = z.object({ zone: name, celsius: real });

export const battery = z.object({
  volts: real.nullable(),
  amps: real.nullable(), // negative: the battery is being drained
  charging: z.boolean().nullable(),
  percent: real.nullable(),
  celsius: real.nullable(),
});

/** Null: the device does not tell. */
export const sampleEvent = z.object({
  ...head,
  kind: z.literal("sample"),
  memory: processMemory,
  cores: z.array(z.object({ id: small, load: z.number().min(0).max(1).nullable(), mhz: mhz.nullable() })).max(4096),
  temps: z.array(temperature).max(1024),
  battery: battery.nullable(),
  storage: z.object({ read_bytes: count.nullable() }),
});

export const warningEvent = z.object({ ...head, kind: z.literal("warning"), code: name, message: text });

export const scoreProgressEvent = z.object({
  ...head,
  kind: z.literal("score_progress"),
  done: count, // tokens
  total: count,
  nll: real, // mean negative log likelihood so far, nats per token
  perplexity: real,
});

export const scoredEvent = z.object({
  ...head,
  kind: z.literal("scored"),
  tokens: count,
  nll: real,
  perplexity: real,
  kl_mean: real.optional(), // nats per token, against the other engine
  kl_max: real.optional(),
  top1_agreement: z.number().min(0).max(1).optional(),
});

export const probeProgressEvent = z.object({
  ...head,
  kind: z.literal("probe_progress"),
  done: small, // measurements
  total: small,
  what: name, // the one that comes now
});

export const probedEvent = z.object({ ...head, kind: z.literal("probed"), profile: hardwareProfile });

export const packProgressEvent = z.object({
  ...head,
  kind: z.literal("pack_progress"),
  done: small, // steps
  total: small,
  what: name, // the one that comes now
});

const share = z.number().min(0).max(1);

export const packedEvent = z.object({
  ...head,
  kind: z.literal("packed"),
  bytes: count,
  seconds: real,
  profile: z.object({ tokens: count, source: name, active: share }), // share of neurons that fire for a token
  // Means over the layers: shares of neurons, of firing ones, of h^2.
  predictor: z.object({ let_through: share, recall: share, energy: share, layers: packedPredictors.default([]) }),
  /** Of what computes something else than the model: KL(model || pack), nats a token, and how often both like a token best. */
  quality: z.object({ kl_mean: real, top1_agreement: share }).optional(),
  resumed_layers: count.optional(), // that an interrupted packing had written
});

export const endedEvent = z.object({
  ...head,
  kind: z.literal("ended"),
  status: z.enum(["done", "cancelled", "failed"]),
  reason: name, // "length", "stop", "end", "cancelled" or an error code
  message: text.optional(),
  output_tokens: count,
  ttft_ms: milliseconds.nullable(), // from the request to the first token chosen
  prefill_ms: milliseconds.nullable(),
  decode_ms_total: milliseconds,
  peak_rss_bytes: count.nullable(),
  text_tail: text, // what the last token left unfinished
  ops: z.object({ cpu: count, dense: count, npu: count }),
  flash: z.object({ bytes: count, reads: count, stall_ms: milliseconds }),
  cache: z.object({ hits: count, misses: count }),
  memory: memoryReport.optional(),
});

export const agentEvent = z.discriminatedUnion("kind", [
  startedEvent,
  prefillEvent,
  tokenEvent,
  timelineEvent,
  heatEvent,
  sampleEvent,
  warningEvent,
  scoreProgressEvent,
  scoredEvent,
  probeProgressEvent,
  probedEvent,
  packProgressEvent,
  packedEvent,
  endedEvent,
]);

export type AgentEvent = z.output<typeof agentEvent>;
export type EventKind = AgentEvent["kind"];
export type EventOf<K extends EventKind> = Extract<AgentEvent, { kind: K }>;
export type Temperature = z.output<typeof temperature>;
export type Battery = z.output<typeof battery>;
