/** What the planner says of a run from a pack, so that the run follows it where nobody chose, and is judged by it. */
import type { Prediction, PlannedKnob } from "../store/index.js";
import type { RunConfig } from "./config.js";
import { streamedAs, type PlannedStream } from "./messages.js";
import { planRun, type PlannedRun } from "./plan.js";

const CHARACTERS_PER_TOKEN = 4; // of a text that has not been tokenised yet

export interface Foreseen {
  prediction: Prediction;
  /** Of the plan, what the run takes over, each with its reason... */
  followed: PlannedKnob[];
  /** ... and as it is loaded. */
  stream: PlannedStream;
}

/** Null: it cannot be foreseen, as where the target has not been measured. Never stops a run. */
export async function foresee(config: RunConfig, model: string, signal?: AbortSignal): Promise<Foreseen | null> {
  const { target, memory, context, threads, cores, batch, cacheNeurons, activation } = config;
  const query = { target, model, memory, context, batch, cacheNeurons, activation, ...streamedAs(config) };
  try {
    const planned = await planRun(
      { ...query, threads: threads ?? cores?.length, cores, promptTokens: promptLength(config) },
      signal ? { signal } : {},
    );
    return { prediction: figuresOf(planned), ...followedBy(config, planned) };
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

const promptLength = ({ promptTokens, promptRandom, prompt = "" }: RunConfig): number =>
  Math.max(1, promptTokens?.length ?? promptRandom ?? Math.ceil(prompt.length / CHARACTERS_PER_TOKEN));

const figuresOf = ({ plan: { decode, prefill, memory, activity } }: PlannedRun): Prediction => ({
  decode_tps: decode.tokens_per_s,
  prefill_tps: prefill.tokens_per_s,
  ttft_ms: prefill.ttft_ms,
  hit_rate: decode.hit_rate,
  peak_bytes: memory.peak_bytes,
  assumed: activity.assumed,
});

function followedBy(
  { ioCore, reads, hotFrequency, queueDepth, off }: RunConfig,
  { plan }: PlannedRun,
): Pick<Foreseen, "followed" | "stream"> {
  const open = (name: string) =>
    (name === "io_core" && ioCore === undefined) ||
    (name === "queue_depth" && queueDepth === undefined) ||
    (name === "hot_frequency" && hotFrequency === undefined) ||
    (name === "read_pattern" && reads === undefined && !off?.includes("bundle"));
  const followed = plan.knobs
    .filter(({ name }) => open(name))
    .map(({ name, value, source, reason }) => ({ name, value, source, reason }));
  const valueOf = (name: string) => followed.find((knob) => knob.name === name)?.value;
  const core = valueOf("io_core");
  const hot = valueOf("hot_frequency");
  const depth = valueOf("queue_depth");
  return {
    followed,
    stream: {
      ...(typeof core === "number" && { ioCore: core }),
      ...(typeof hot === "number" && { hotFrequency: hot }),
      ...(typeof depth === "number" && { queueDepth: depth }),
      ...(valueOf("read_pattern") === "gate first" && { reads: "two-phase" }),
    },
  };
}
