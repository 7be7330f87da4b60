import { stringify } from "csv-stringify/sync";
import { writeAtomic } from "../base/atomic.js";
import type { Rung, Study, SweepPoint } from "../store/index.js";

type Row = Rung | SweepPoint;

/** Null: not measured. */
const COLUMNS: readonly { name: string; value: (row: Row, study: Study) => number | string | null }[] = [
  { name: "study_id", value: (_, study) => study.id },
  { name: "name", value: (row) => row.name },
  { name: "engine", value: (row) => row.engine },
  { name: "off", value: (row) => ("off" in row ? (row.off?.join(" ") ?? null) : null) }, // stages left out
  { name: "memory_bytes", value: (row, study) => ("memory_bytes" in row ? row.memory_bytes : budgetOf(study)) },
  { name: "rounds", value: (row) => row.run_ids.length },
  { name: "output_tokens", value: (row) => row.output_tokens },
  ...(["median", "min", "max", "mad"] as const).map((of) => ({
    name: of === "median" ? "decode_tps" : `decode_tps_${of}`,
    value: (row: Row) => row.decode_tps?.[of] ?? null,
  })),
  { name: "prefill_tps", value: (row) => row.prefill_tps?.median ?? null },
  { name: "ttft_ms", value: (row) => row.ttft_ms },
  ...(["mean", "p50", "p90", "p99"] as const).map((of) => ({
    name: `decode_ms_${of}`,
    value: (row: Row) => row.decode_ms[of],
  })),
  { name: "hit_rate", value: (row) => row.hit_rate },
  { name: "stall_share", value: (row) => row.stall_share },
  ...(["candidates", "active", "misses", "reads", "read_bytes"] as const).map((name) => ({
    name,
    value: (row: Row) => row.per_token?.[name] ?? null,
  })),
  { name: "cache_bytes", value: (row) => row.cache?.bytes ?? null },
  { name: "cache_neurons", value: (row) => row.cache?.neurons ?? null },
  { name: "peak_bytes", value: (row) => row.memory.peak_bytes },
  { name: "step_ratio", value: (row) => ("step" in row ? (row.step?.ratio ?? null) : null) }, // over the rung before
  { name: "failure", value: (row) => row.failure?.code ?? null },
];

const budgetOf = (study: Study): number | null => (study.kind === "ablation" ? study.memory_bytes : null);

/** One row per rung or point, RFC 4180; medians over the rounds, times in milliseconds, speeds in tokens per second. */
export function studyCsvOf(study: Study): string {
  const rows: readonly Row[] = study.kind === "ablation" ? study.rungs : study.points;
  return stringify([
    COLUMNS.map(({ name }) => name),
    ...rows.map((row) => COLUMNS.map(({ value }) => value(row, study))),
  ]);
}

/** The file is complete or not there. Without `force` one that is there stays: error "file_exists". */
export const exportStudy = (study: Study, path: string, { force = false } = {}): Promise<void> =>
  writeAtomic(path, studyCsvOf(study), { replace: force });
