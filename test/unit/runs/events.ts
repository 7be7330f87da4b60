/** A made-up run: what a well-behaved agent tells. */
import type { AgentEvent, DeviceFacts, EventOf, LoadReport, ModelFacts } from "../../../electron/agent/messages.js";

export const modelFacts: ModelFacts = {
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
  quants: [{ type: "F16", tensors: 43, bytes: 12_820_480 }],
};

export const loadReport: LoadReport = {
  model: modelFacts,
  threads: 2,
  cores: [0, 1],
  context: 256,
  kernels: "avx2",
  weight_bytes: 12_000_000,
  kv_bytes: 700_000,
  load_ms: 40,
  warnings: [],
};

export const deviceFacts: DeviceFacts = {
  abi: "x86_64",
  soc: "Test CPU",
  model: null,
  kernel: "Linux 6.1",
  page_size: 4096,
  cores: [{ id: 0, max_mhz: null, class: "big" }],
  features: ["avx2"],
  memory: { total_bytes: 8e9, available_bytes: 4e9 },
  storage: { path: "/tmp", total_bytes: 1e12, free_bytes: 1e11 },
};

export interface MadeUpRun {
  run?: string;
  engine?: string;
  promptTokens?: number;
  prefillMs?: number;
  /** Milliseconds of each token after the first. */
  tokenMs?: readonly number[];
  ended?: Partial<EventOf<"ended">>;
}

/** started, prefill, a token per entry and one more, sample, ended. The words are " w0", " w1", ... */
export function eventsOf(made: MadeUpRun = {}): AgentEvent[] {
  const { run = "R1", engine = "phonon", promptTokens = 4, prefillMs = 10, tokenMs = [2, 4, 6] } = made;
  let seq = 0;
  let t_ms = 0;
  const head = (later = 0) => ({ type: "event" as const, run, seq: ++seq, t_ms: (t_ms += later) });
  const parts = { attention: 0.5, ffn: 1, sampling: 0.25, other: 0.25 };
  const kernels = "avx2";
  const common = { engine, engine_build: "b1234 (abcdef0)", kernels, threads: 2, cores: [0, 1], config: {} };
  const events: AgentEvent[] = [
    {
      ...head(),
      kind: "started",
      wall_ms: 1_795_165_910_123,
      prompt_tokens: promptTokens,
      prompt_ids: [1, 2],
      report: loadReport,
      ...common,
    },
    { ...head(prefillMs), kind: "prefill", done: promptTokens, total: promptTokens, ms: prefillMs },
  ];
  for (const [index, ms] of [1, ...tokenMs].entries()) {
    events.push({
      ...head(ms),
      kind: "token",
      index,
      id: 100 + index,
      text: ` w${index}`,
      ms,
      parts,
      active: [10, 20],
    });
  }
  events.push({
    ...head(1),
    kind: "sample",
    memory: { rss_bytes: 50_000_000, anon_bytes: 40_000_000, file_bytes: 10_000_000, major_faults: 1 },
    cores: [{ id: 0, load: 0.5, mhz: null }],
    temps: [],
    battery: null,
    storage: { read_bytes: 0 },
  });
  events.push({
    ...head(1),
    kind: "ended",
    status: "done",
    reason: "length",
    output_tokens: tokenMs.length + 1,
    ttft_ms: prefillMs + 1,
    prefill_ms: prefillMs,
    decode_ms_total: tokenMs.reduce((sum, ms) => sum + ms, 0),
    peak_rss_bytes: 60_000_000,
    text_tail: "!",
    ops: { cpu: 1234, dense: 0, npu: 0 },
    flash: { bytes: 0, reads: 0, stall_ms: 0 },
    cache: { hits: 3, misses: 1 },
    ...made.ended,
  });
  return events;
}

/** Packing that goes well: pack_progress, packed, ended. */
export function packEventsOf(): AgentEvent[] {
  const head = { type: "event", run: "K1", t_ms: 1000 } as const;
  return [
    { ...head, seq: 1, kind: "pack_progress", done: 3, total: 7, what: "layer 3 of 6" },
    {
      ...{ ...head, seq: 2, kind: "packed", bytes: 14_000_000, seconds: 2 },
      profile: { tokens: 1024, source: "the model's own text", active: 0.125 },
      predictor: { let_through: 0.16, recall: 0.9, energy: 0.996, layers: [] },
    },
    { ...eventsOf({ run: "K1" }).at(-1)!, seq: 3 },
  ];
}
