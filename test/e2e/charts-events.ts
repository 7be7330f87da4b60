/** Events of a made-up run on a phone, as many as a test wants, the same ones every time. */
import type { AgentEvent } from "../../electron/agent/messages.js";

export interface MadeUp {
  run: string;
  tokens: number;
  layers: number;
  stallAt: number; // the token that took 500 ms
  isMute?: boolean; // tells of nothing but its tokens' times
  isStreamed?: boolean; // from a pack: with timelines, heat, hits and misses
}

/** Uses nothing from outside itself: it is also handed to pages as text. */
export function* madeUpEvents(made: MadeUp): Generator<AgentEvent, void> {
  const { run, tokens, layers, stallAt, isMute = false, isStreamed = false } = made;
  const SAMPLE_MS = 200;
  const FFN = 4096;
  const THREADS = 4;
  const BINS = 64;
  const HEAT_TOKENS = 64; // that a heat event is about
  let state = 12345;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  let seq = 0;
  let ms = 0;
  const head = () => ({ type: "event" as const, run, seq: ++seq, t_ms: ms });
  let sampledMs = -Infinity;
  let read = 3_000_000_000;
  let faults = 0;
  function* sample(): Generator<AgentEvent, void> {
    if (ms - sampledMs < SAMPLE_MS) return;
    sampledMs = ms;
    if (isMute) {
      const memory = { rss_bytes: null, anon_bytes: null, file_bytes: null, major_faults: null };
      const nothing = { memory, cores: [], temps: [], battery: null, storage: { read_bytes: null } };
      yield { ...head(), kind: "sample", ...nothing };
      return;
    }
    const wave = Math.sin(ms / 7000);
    read += Math.floor(40_000_000 * (1 + wave) * random());
    if (random() < 0.05) faults += Math.floor(20 * random());
    const rss = 2_600_000_000 + Math.floor(90_000_000 * wave);
    yield {
      ...head(),
      kind: "sample",
      memory: { rss_bytes: rss, anon_bytes: rss - 900_000_000, file_bytes: 900_000_000, major_faults: faults },
      cores: Array.from({ length: 8 }, (_, id) => ({
        id,
        load: id < 4 ? 0.1 + 0.2 * random() : 0.8 + 0.2 * random(),
        mhz: id < 4 ? 1000 + Math.floor(5 * random()) * 200 : id < 7 ? 2400 - Math.floor(3 * random()) * 200 : 3000,
      })),
      temps: [
        { zone: "cpu-0-0", celsius: 45 + 20 * (1 - Math.exp(-ms / 60_000)) + random() },
        { zone: "cpu-1-0", celsius: 47 + 24 * (1 - Math.exp(-ms / 60_000)) + random() },
        { zone: "gpuss-0", celsius: 41 + 8 * (1 - Math.exp(-ms / 60_000)) + random() },
        { zone: "skin", celsius: 31 + 6 * (1 - Math.exp(-ms / 90_000)) },
      ],
      battery: { volts: 4.1, amps: -0.9 - 0.4 * random(), charging: false, percent: 81, celsius: 31.5 },
      storage: { read_bytes: read },
    };
  }
  const ofLayers = <T>(value: (layer: number) => T) => Array.from({ length: layers }, (_, layer) => value(layer));
  const below = (most: number) => Math.floor(most * random());
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
  function stream() {
    const hits = ofLayers(() => 300 + below(100));
    const misses = ofLayers(() => below(30));
    const missed = sum(misses);
    return {
      ...{ candidates: sum(hits) + missed, active: sum(hits), hits: sum(hits), hot_hits: 200 * layers, misses: missed },
      ...{ reads: missed, read_bytes: 8192 * missed, queue_depth: 8 * random() },
      ...{ predict_ms: 0.4, cache_ms: 0.2, compute_ms: 6, stall_ms: random() },
      ...{ layer_hits: hits, layer_misses: misses, layer_hot_hits: ofLayers(() => 200) },
    };
  }
  const timeline = (index: number, took: number): AgentEvent => {
    const us = Math.floor((1000 * took) / (layers + 1) / 4);
    const spans = () =>
      ofLayers((layer) => [0, 1, 3, 4].flatMap((kind, at) => [kind, layer, (4 * layer + at) * us, us]));
    const threads = Array.from({ length: THREADS }, () => spans().flat());
    const io = ofLayers((layer) => [6, layer, 4 * layer * us, us]).flat();
    return { ...head(), kind: "timeline", index, ms: took, slow: false, threads, io, dropped: 0 };
  };
  const heat = (to: number): AgentEvent => {
    const fired = (bin: number) => below((HEAT_TOKENS * FFN) / BINS / (1 + bin / 8));
    const bins = ofLayers(() => Array.from({ length: BINS }, (_, bin) => fired(bin)));
    return { ...head(), kind: "heat", neurons: FFN, from: to - HEAT_TOKENS, to, layers: bins };
  };
  let timelineEvery = 32; // tokens
  let timelines = 0;
  yield {
    ...head(),
    kind: "started",
    wall_ms: 1_795_165_910_123,
    engine: "phonon",
    engine_build: "0.1.0",
    kernels: "i8mm",
    threads: 4,
    cores: [4, 5, 6, 7],
    prompt_tokens: 64,
    prompt_ids: [1, 2, 3],
    config: {},
    report: {
      model: {
        architecture: "llama",
        name: "made up",
        quantisation: "Q4_0",
        file_bytes: 3_800_000_000,
        parameters: 6_700_000_000,
        layers,
        embedding: 4096,
        ffn: FFN,
        heads: 32,
        kv_heads: 32,
        head_dim: 128,
        vocabulary: 32_000,
        context: 4096,
        experts: 1,
        experts_used: 1,
        activation: "relu",
        quants: [],
      },
      threads: 4,
      cores: [4, 5, 6, 7],
      context: 16_384,
      kernels: "i8mm",
      weight_bytes: 3_700_000_000,
      kv_bytes: 500_000_000,
      load_ms: 900,
      warnings: [],
      ...(isStreamed && {
        stream: {
          ...{ resident_bytes: 400_000_000, cache_bytes: 900_000_000, cache_neurons: 60_000, neurons: layers * FFN },
          ...{ hot_neurons: 20_000, hot_slots: 20_000, eviction: "heat", window_tokens: 0, flash: "io_uring" },
          ...{ queue_depth: 64, direct: true, reads: "whole", note: "", sparsity: 0, predictor_energy: 0.99 },
          ...{ predictor_bytes: 100_000_000, io_core: -1, predictors: [] },
        },
      }),
    },
  };
  yield* sample();
  ms = 800;
  yield { ...head(), kind: "prefill", done: 64, total: 64, ms };
  for (let index = 0; index < tokens; index++) {
    const attention = 3 + Math.min(index, 10_000) / 4000 + 0.4 * random();
    const ffn = 8 + 2 * Math.sin(index / 300) + random() + (random() < 0.01 ? 14 : 0);
    const other = 0.5 + (index === stallAt ? 487 : 0.1 * random());
    const step = attention + ffn + 0.3 + other;
    ms += step;
    yield {
      ...head(),
      kind: "token",
      index,
      id: index % 32_000,
      text: index % 12 === 11 ? ".\n" : ` word${index}`,
      ms: index === 0 ? 0.01 : step,
      parts: { attention, ffn, sampling: 0.3, other },
      ...(index === 0 || isMute
        ? {}
        : {
            active: Array.from({ length: layers }, (_, layer) =>
              Math.floor(FFN * (0.05 + 0.25 * (layer / layers) ** 2 + 0.08 * random())),
            ),
          }),
      ...(isStreamed && { stream: stream() }),
    };
    if (isStreamed && index % timelineEvery === timelineEvery - 1) {
      yield timeline(index, step);
      if (++timelines % 64 === 0) timelineEvery *= 2;
    }
    if (isStreamed && index % HEAT_TOKENS === HEAT_TOKENS - 1) yield heat(index + 1);
    yield* sample();
  }
  yield {
    ...head(),
    kind: "ended",
    status: "done",
    reason: "length",
    output_tokens: tokens,
    ttft_ms: 800,
    prefill_ms: 800,
    decode_ms_total: ms - 800,
    peak_rss_bytes: 2_700_000_000,
    text_tail: "",
    ops: { cpu: 1, dense: 0, npu: 0 },
    flash: { bytes: read, reads: 1000, stall_ms: 10 },
    cache: { hits: 0, misses: 0 },
  };
}
