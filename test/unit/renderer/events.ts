/** Events of a made-up run, for tests of whatever folds, stores or sends them. */
import type { AgentEvent } from "../../../electron/agent/messages.js";
import type { RunSummary } from "../../../electron/ipc/contract.js";

const head = (seq: number, t_ms: number) => ({ type: "event" as const, run: "R1", seq, t_ms });

export function started(seq = 1, change: { prompt_tokens?: number; engine?: string } = {}): AgentEvent {
  return {
    ...head(seq, 0),
    kind: "started",
    wall_ms: 1_795_165_910_123,
    engine: change.engine ?? "phonon",
    engine_build: "0.1.0",
    kernels: "avx512vnni",
    threads: 2,
    cores: [0, 1],
    prompt_tokens: change.prompt_tokens ?? 4,
    prompt_ids: [1, 2, 3, 4],
    config: {},
    report: {
      model: {
        architecture: "smallthinker",
        name: "story",
        quantisation: "F16",
        file_bytes: 12_928_576,
        parameters: 6_423_808,
        layers: 6,
        embedding: 256,
        ffn: 1024,
        heads: 8,
        kv_heads: 4,
        head_dim: 32,
        vocabulary: 2048,
        context: 256,
        experts: 1,
        experts_used: 1,
        activation: "relu",
        quants: [],
      },
      threads: 2,
      cores: [0, 1],
      context: 256,
      kernels: "avx512vnni",
      weight_bytes: 12_000_000,
      kv_bytes: 1_000_000,
      load_ms: 12,
      warnings: [],
    },
  };
}

export function prefill(seq: number, done: number, total: number, ms: number): AgentEvent {
  return { ...head(seq, ms), kind: "prefill", done, total, ms };
}

export function token(seq: number, index: number, text: string, t_ms: number, ms: number): AgentEvent {
  const parts = { attention: ms / 4, ffn: ms / 2, sampling: 0, other: ms / 4 };
  return { ...head(seq, t_ms), kind: "token", index, id: 100 + index, text, ms, parts };
}

/** 10.5 ms, of which 0.5 are spent in FFNs by no thread; 4 of 100 neurons of two layers are read. */
export function streamedToken(seq: number, index: number, t_ms: number): AgentEvent {
  const stream = {
    ...{ candidates: 100, active: 60, hits: 96, misses: 4, hot_hits: 30, reads: 4, read_bytes: 16_384 },
    ...{ queue_depth: 7.5, predict_ms: 1, cache_ms: 0.5, compute_ms: 3, stall_ms: 2 },
    ...{ layer_hits: [50, 46], layer_misses: [0, 4], layer_hot_hits: [20, 10] },
  };
  const parts = { attention: 2, ffn: 7, sampling: 0.5, other: 1 };
  return { ...head(seq, t_ms), kind: "token", index, id: 100 + index, text: "x", ms: 10.5, parts, stream };
}

export function sample(seq: number, t_ms: number, rss_bytes: number): AgentEvent {
  const memory = { rss_bytes, anon_bytes: rss_bytes, file_bytes: 0, major_faults: 0 };
  return {
    ...head(seq, t_ms),
    kind: "sample",
    memory,
    cores: [],
    temps: [],
    battery: null,
    storage: { read_bytes: 0 },
  };
}

export function ended(
  seq: number,
  tokens: number,
  change: Partial<Extract<AgentEvent, { kind: "ended" }>> = {},
): AgentEvent {
  return {
    ...head(seq, 1000),
    kind: "ended",
    status: "done",
    reason: "length",
    output_tokens: tokens,
    ttft_ms: 12,
    prefill_ms: 10,
    decode_ms_total: 100,
    peak_rss_bytes: 50_000_000,
    text_tail: "",
    ops: { cpu: 1, dense: 0, npu: 0 },
    flash: { bytes: 0, reads: 0, stall_ms: 0 },
    cache: { hits: 0, misses: 0 },
    ...change,
  };
}

export function summaryOf(run_id: string, change: Partial<RunSummary> = {}): RunSummary {
  return {
    run_id,
    run_dir: `/runs/${run_id}`,
    started_at: "2026-11-20T09:00:00.000Z",
    engine: "phonon",
    engine_build: "0.1.0",
    target: "local",
    model: "story",
    model_name: "story",
    threads: 2,
    kernels: "avx512vnni",
    text: "",
    tokens: [],
    prompt_tokens: 4,
    output_tokens: 2,
    ttft_ms: 12,
    prefill_ms: 10,
    prefill_tps: 400,
    decode_tps: 100,
    decode_ms: { mean: 10, p50: 10, p90: 11, p99: 12 },
    memory: { budget_bytes: null, peak_bytes: 50_000_000, enforced: "none", cold_cache: null, note: "" },
    cache: { hits: 0, misses: 0, hit_rate: null },
    flash: { bytes: 0, reads: 0, stall_ms: 0 },
    ops: { npu: 0, dense: 0, cpu: 1 },
    accelerator: null,
    status: "done",
    reason: "length",
    message: null,
    warnings: [],
    ...change,
  };
}
