/**
 * Events in, a run's summary out. This is the only place that does so: live, for `runs`, for exports, and when a lost
 * summary.json is made again, so that they cannot disagree.
 */
import { mean, quantileSorted } from "simple-statistics";
import type { AgentEvent, EventOf, LoadReport } from "../agent/messages.js";
import type { LlamaBenchEntry } from "./llama-bench.js";
import { isAlive } from "./writer.js";
import { PartFigures } from "./part-figures.js";
import { besideMeasured } from "./prediction.js";
import type { RunRecord } from "./record.js";
import type { RunStatus, RunSummary } from "./run-summary.js";
import { StreamFigures } from "./stream-figures.js";

const perSecond = (count: number, ms: number | null): number | null =>
  ms !== null && ms > 0 && count > 0 ? (count * 1000) / ms : null;

/** Mean and percentiles of milliseconds per token; all null without tokens. */
export function latencies(ms: readonly number[]): RunSummary["decode_ms"] {
  if (ms.length === 0) return { mean: null, p50: null, p90: null, p99: null };
  const sorted = [...ms].sort((a, b) => a - b);
  return {
    mean: mean(sorted),
    p50: quantileSorted(sorted, 0.5),
    p90: quantileSorted(sorted, 0.9),
    p99: quantileSorted(sorted, 0.99),
  };
}

/** What loading has to say. That a thread could not be pinned is said even where the agent leaves it to the list. */
function loadWarnings({ cores, warnings }: LoadReport): string[] {
  const loose = cores.filter((core) => core < 0).length;
  if (loose === 0 || warnings.some((warning) => warning.includes("pinned"))) return warnings;
  return [...warnings, `${loose} of ${cores.length} threads are not pinned to a core`];
}

/** What the user's own llama-bench says, in place of what its run has no events to say. */
function fromLlamaBench(entries: readonly LlamaBenchEntry[]): Partial<RunSummary> {
  const prefill = entries.find((entry) => entry.n_prompt > 0 && entry.n_gen === 0);
  const decode = entries.find((entry) => entry.n_gen > 0 && entry.n_prompt === 0);
  const any = entries[0];
  if (!any) return {};
  return {
    engine_build: `${any.build_commit} (${any.build_number})`,
    model_name: any.model_type,
    threads: any.n_threads,
    kernels: any.backends,
    prompt_tokens: prefill?.n_prompt ?? 0,
    output_tokens: decode?.n_gen ?? 0,
    prefill_ms: prefill ? prefill.avg_ns / 1e6 : null,
    prefill_tps: prefill?.avg_ts ?? null,
    decode_tps: decode?.avg_ts ?? null,
    decode_ms: { ...latencies([]), mean: decode ? decode.avg_ns / 1e6 / decode.n_gen : null },
  };
}

/** Takes a run's events in order; `summary` may be asked at any time. */
export class Summariser {
  private started: EventOf<"started"> | null = null;
  private ended: EventOf<"ended"> | null = null;
  private prefill: EventOf<"prefill"> | null = null;
  private peakBytes: number | null = null;
  private readonly ids: number[] = [];
  private readonly texts: string[] = [];
  private readonly decodeMs: number[] = [];
  private readonly warnings: string[] = [];
  private readonly parts = new PartFigures();
  private readonly stream = new StreamFigures();

  add(event: AgentEvent): void {
    switch (event.kind) {
      case "started":
        this.started = event;
        break;
      case "prefill":
        this.prefill = event;
        break;
      case "token":
        this.ids.push(event.id);
        this.texts.push(event.text);
        if (event.index > 0) this.decodeMs.push(event.ms);
        this.parts.add(event);
        this.stream.add(event);
        break;
      case "sample":
        if (event.memory.rss_bytes !== null) this.peakBytes = Math.max(this.peakBytes ?? 0, event.memory.rss_bytes);
        break;
      case "warning":
        this.warn(`${event.code}: ${event.message}`);
        break;
      case "ended":
        this.ended = event;
        this.texts.push(event.text_tail);
        break;
      case "timeline":
      case "heat":
        break; // drawn, and told by the tokens' figures
      case "score_progress":
      case "scored":
      case "probe_progress":
      case "probed":
      case "pack_progress":
      case "packed":
        break; // of measurements that are no runs
    }
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  /** `record` as it stands now, `folder` where the run lies. */
  summary(record: RunRecord, folder: string): RunSummary {
    const { started, ended, prefill } = this;
    const report = started?.report ?? record.load;
    const prefillMs = ended?.prefill_ms ?? (prefill && prefill.done === prefill.total ? prefill.ms : null);
    const decodeTotal = this.decodeMs.reduce((sum, ms) => sum + ms, 0);
    const cache = ended?.cache ?? { hits: 0, misses: 0 };
    const looked = cache.hits + cache.misses;
    const parts = this.parts.typical();
    return {
      run_id: record.run_id,
      run_dir: folder,
      started_at: record.started_at,
      engine: record.engine,
      engine_build: started?.engine_build ?? record.versions.engine_build,
      target: record.target,
      model: record.model.path,
      model_name: report?.model.name ?? null,
      threads: report?.threads ?? null,
      kernels: report?.kernels ?? null,
      text: this.texts.join(""),
      tokens: [...this.ids],
      prompt_tokens: started?.prompt_tokens ?? 0,
      output_tokens: ended?.output_tokens ?? this.ids.length,
      ttft_ms: ended?.ttft_ms ?? null,
      prefill_ms: prefillMs,
      prefill_tps: perSecond(started?.prompt_tokens ?? 0, prefillMs),
      decode_tps: perSecond(this.decodeMs.length, decodeTotal),
      decode_ms: latencies(this.decodeMs),
      ...(parts && { decode_parts_ms: parts }),
      memory: this.memory(record, report),
      cache: { ...cache, hit_rate: looked > 0 ? cache.hits / looked : null },
      flash: ended?.flash ?? { bytes: 0, reads: 0, stall_ms: 0 },
      ...(report?.stream && { stream: this.stream.summary(report.stream) }),
      ...this.predicted(record, report, prefillMs, decodeTotal),
      ops: ended?.ops ?? { npu: 0, dense: 0, cpu: 0 },
      accelerator: null,
      ...this.outcome(record, folder),
      ...fromLlamaBench(record.llama_bench ?? []),
      warnings: [...record.warnings, ...(report ? loadWarnings(report) : []), ...this.warnings],
    };
  }

  private predicted(
    record: RunRecord,
    report: LoadReport | null,
    prefillMs: number | null,
    decodeMs: number,
  ): Pick<RunSummary, "predicted"> {
    if (!record.prediction) return {};
    const measured = {
      decode_tps: perSecond(this.decodeMs.length, decodeMs),
      prefill_tps: perSecond(this.started?.prompt_tokens ?? 0, prefillMs),
      ttft_ms: this.ended?.ttft_ms ?? null,
      peak_bytes: this.memory(record, report).peak_bytes,
    };
    return { predicted: besideMeasured(record.prediction, measured) };
  }

  /** The budget of a run that was killed before it could report is what was asked for. */
  private memory({ config }: RunRecord, report: LoadReport | null): RunSummary["memory"] {
    const { started, ended } = this;
    const told = ended?.memory ?? started?.report.memory ?? report?.memory;
    const asked = typeof config["memory"] === "number" ? config["memory"] : null;
    const resident = ended?.peak_rss_bytes ?? this.peakBytes;
    const enforced = asked === null ? ("none" as const) : null;
    if (!told) return { budget_bytes: asked, peak_bytes: resident, enforced, cold_cache: null, note: "" };
    return { ...told, peak_bytes: told.peak_bytes ?? resident };
  }

  /**
   * The agent's own word comes first, but for a run that this side ended on purpose; then what this side noted; then
   * whether anybody is still writing.
   */
  private outcome(
    record: RunRecord,
    folder: string,
  ): { status: RunStatus; reason: string | null; message: string | null } {
    const onPurpose = this.ended?.status === "cancelled" && record.outcome?.status === "done";
    if (this.ended && !onPurpose) {
      return { status: this.ended.status, reason: this.ended.reason, message: this.ended.message ?? null };
    }
    if (record.outcome) return record.outcome;
    if (isAlive(record.writer, folder)) return { status: "running", reason: null, message: null };
    return { status: "interrupted", reason: "interrupted", message: "Phonon was stopped while the run went on" };
  }
}
