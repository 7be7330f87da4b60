/** Made-up ladders and curves, as the store keeps them. */
import type { Ablation, Study, StudyFigures, Sweep } from "../../electron/store/index.js";

const MIB = 2 ** 20;

/** Of a contender that had three rounds, and streams where it has hits. */
export function figures(name: string, tps: number | null, change: Partial<StudyFigures> = {}): StudyFigures {
  const engine = name.startsWith("llama.cpp") ? "llama.cpp" : "phonon";
  const streams = engine === "phonon" && tps !== null;
  const step = {
    candidates: 400,
    active: 300,
    hits: 320,
    misses: 40,
    hot_hits: 120,
    reads: 45,
    read_bytes: 184_320,
    queue_depth: 4,
  };
  return {
    ...{ name, engine, run_ids: tps === null ? [] : [0, 1, 2].map((round) => `${name}-${round}`), failure: null },
    output_tokens: tps === null ? null : 32,
    decode_tps: tps === null ? null : { median: tps, min: 0.9 * tps, max: 1.1 * tps, mad: 0.05 * tps },
    ...{ prefill_tps: null, ttft_ms: null, decode_ms: { mean: null, p50: null, p90: null, p99: null } },
    memory: { budget_bytes: 100 * MIB, peak_bytes: tps === null ? null : 90 * MIB, enforced: "cgroup" },
    per_token: streams ? { ...step, predict_ms: 1, cache_ms: 1, compute_ms: 2, stall_ms: 3 } : null,
    hit_rate: streams ? 0.9 : null,
    stall_share: streams ? 0.25 : null,
    cache: streams ? { bytes: MIB, neurons: 1000, of_neurons: 4000 } : null,
    ...change,
  };
}

const head = {
  version: 1,
  ...{ started_at: "2026-11-20T09:15:00.000Z", target: "local", model: "/models/story.gguf", model_name: "story" },
  ...{ rounds: 3, tokens: 32, seconds: 30, prompt_tokens: 4, warnings: [] },
} as const;

export function ablationOf(change: Partial<Ablation> = {}): Ablation {
  const rung = (name: string, tps: number | null, off: string[] | null, over: string | null, ratio: number) => ({
    ...figures(name, tps),
    ...{ off, beside: name === "no predictor" },
    step:
      over === null
        ? null
        : { over, ratio, ci95: [0.9 * ratio, 1.1 * ratio] as [number, number], verdict: "faster" as const },
  });
  return {
    ...{ ...head, id: "ablation-20261120-091500-0kf3x9", kind: "ablation", memory_bytes: 100 * MIB },
    rungs: [
      rung("llama.cpp", 4, null, null, 0),
      rung("baseline", 10, ["bundle", "cache", "pipeline"], "llama.cpp", 2.5),
      rung("+bundle", 20, ["cache", "pipeline"], "baseline", 2),
      rung("+cache", 40, ["pipeline"], "+bundle", 2),
      rung("+pipeline", 50, [], "+cache", 1.25),
      rung("no predictor", 30, ["predictor"], "+pipeline", 0.6),
    ],
    ...change,
  };
}

export function sweepOf(change: Partial<Sweep> = {}): Sweep {
  const failure = { code: "budget_too_small", message: "the smallest that works here is 49 MiB" };
  const points = [32, 64, 96].flatMap((mib) => [
    {
      ...figures(`phonon, ${mib} MiB`, mib === 32 ? null : mib, mib === 32 ? { failure } : {}),
      memory_bytes: mib * MIB,
    },
    { ...figures(`llama.cpp, ${mib} MiB`, mib / 8), memory_bytes: mib * MIB },
  ]);
  return { ...{ ...head, id: "sweep-20261121-091500-0kf3x9", kind: "sweep", points }, ...change };
}

export const withId = <Kind extends Study>(study: Kind, id: string, started_at = study.started_at): Kind => ({
  ...{ ...study, id, started_at },
});
