/**
 * A run as llama-bench would print it: one test for prefill (pp), one for decode (tg), so that what reads llama-bench's
 * files reads Phonon's. Decode is timed from the first token to the last, behind the prompt: n_gen is
 * one less than the tokens that came, n_depth is the prompt's length.
 */
import { basename } from "node:path";
import { PhononError } from "../base/errors.js";
import type { KeptRun, LlamaBenchEntry } from "../store/index.js";

const DEFAULT_BATCH = 512; // the agent's

export function entriesOf(run: KeptRun): LlamaBenchEntry[] {
  const { record, summary } = run;
  if (record.llama_bench) return record.llama_bench;
  const common = commonOf(run);
  const entries: LlamaBenchEntry[] = [];
  if (summary.prefill_ms !== null && summary.prefill_tps !== null) {
    const test = { n_prompt: summary.prompt_tokens, n_gen: 0, n_depth: 0 };
    entries.push({ ...common, ...test, ...samples(summary.prefill_ms, summary.prefill_tps) });
  }
  if (summary.decode_tps !== null && summary.decode_ms.mean !== null) {
    const n_gen = summary.output_tokens - 1;
    const test = { n_prompt: 0, n_gen, n_depth: summary.prompt_tokens };
    entries.push({ ...common, ...test, ...samples(n_gen * summary.decode_ms.mean, summary.decode_tps) });
  }
  if (entries.length === 0) {
    throw new PhononError(
      "nothing_to_export",
      `Run ${record.run_id} has no measured speed (status ${summary.status}).`,
    );
  }
  return entries;
}

/** One run is one sample. */
const samples = (ms: number, perSecond: number) => {
  const ns = Math.round(ms * 1e6);
  return { avg_ns: ns, stddev_ns: 0, avg_ts: perSecond, stddev_ts: 0, samples_ns: [ns], samples_ts: [perSecond] };
};

const OWN_ENGINES: readonly string[] = ["phonon", "llmflash"];

function commonOf({ record, summary }: KeptRun) {
  const { load, device, config } = record;
  const build = parseBuild(summary.engine_build ?? "");
  const batch = typeof config["batch"] === "number" ? config["batch"] : DEFAULT_BATCH;
  return {
    ...build,
    cpu_info: device?.soc ?? device?.model ?? "",
    gpu_info: "",
    backends: OWN_ENGINES.includes(summary.engine) ? "Phonon CPU" : "CPU",
    model_filename: summary.model,
    model_type: load
      ? `${load.model.architecture} ${sizeName(load.model.parameters)} ${load.model.quantisation}`
      : basename(summary.model),
    model_size: load?.model.file_bytes ?? record.model.file_bytes,
    model_n_params: load?.model.parameters ?? 0,
    n_batch: batch,
    n_ubatch: batch,
    n_threads: summary.threads ?? 0,
    cpu_mask: maskOf(load?.cores ?? []),
    type_k: "f16", // as both engines keep keys and values
    type_v: "f16",
    n_gpu_layers: 0,
    test_time: summary.started_at.replace(/\.\d+Z$/, "Z"),
  };
}

/** "b1234 (abcdef0)" as llama.cpp names its builds; any other text is taken for the commit. */
function parseBuild(build: string): { build_commit: string; build_number: number } {
  const [, number, commit] = /^b?(\d+) \(([^)]+)\)/.exec(build) ?? [];
  return number !== undefined && commit !== undefined
    ? { build_commit: commit, build_number: Number(number) }
    : { build_commit: build, build_number: 0 };
}

function sizeName(parameters: number): string {
  return parameters >= 1e9 ? `${(parameters / 1e9).toFixed(2)}B` : `${(parameters / 1e6).toFixed(2)}M`;
}

/** Hexadecimal, a bit per core; 0x0: not pinned. */
function maskOf(cores: readonly number[]): string {
  if (cores.some((core) => core < 0)) return "0x0";
  return `0x${cores.reduce((mask, core) => mask | (1n << BigInt(core)), 0n).toString(16)}`;
}
