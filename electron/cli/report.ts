/** A run's summary for people. */
import type { Comparison } from "../runs/compare.js";
import type { RunSummary } from "../runs/config.js";
import type { Spread } from "../runs/statistics.js";
import type { PredictedSummary } from "../store/index.js";
import type { StreamSummary } from "../store/run-summary.js";
import { predictorKinds, predictorWorth } from "./predictors.js";
import { bytes, count, milliseconds, percent, significant, speed, table } from "./units.js";

export function summaryTable(s: RunSummary): string {
  const { decode_ms: d } = s;
  const engine = [s.engine, s.kernels, s.threads === null ? null : `${s.threads} threads`].filter(
    (part) => part !== null,
  );
  const head = [
    ["run", `${s.run_id}  ${s.status}${s.reason && s.reason !== s.status ? ` (${s.reason})` : ""}`],
    ["engine", engine.join(", ")],
  ];
  if (s.prompt_tokens === 0) return table([...head, ["kept in", s.run_dir]]); // it failed before it began
  const rows = [
    ...head,
    ["prefill", `${s.prompt_tokens} tokens, ${speed(s.prefill_tps)}, first token after ${milliseconds(s.ttft_ms)}`],
    ["decode", `${s.output_tokens} tokens, ${speed(s.decode_tps)}`],
    [
      "per token",
      `mean ${milliseconds(d.mean)}, P50 ${milliseconds(d.p50)}, P90 ${milliseconds(d.p90)}, P99 ${milliseconds(d.p99)}`,
    ],
    ...(s.stream ? streamLines(s.stream) : []),
    ["memory", memoryLine(s.memory)],
    ...(s.predicted ? [["predicted", predictedLine(s.predicted)]] : []),
    ...(s.memory.cold_cache === null ? [] : [["page cache", coldLine(s.memory.cold_cache)]]),
    ["kept in", s.run_dir],
  ];
  return table(rows);
}

/** What a token took from cache and flash: medians over the tokens after the first. */
function streamLines(stream: StreamSummary): string[][] {
  const { per_token: t, hit_rate: hitRate, stall_share: stallShare, predictors } = stream;
  const kept = stream.window_tokens > 0 ? `a window that begins with ${stream.window_tokens} tokens` : stream.eviction;
  const without = stream.sparsity > 0 ? `, ${percent(stream.sparsity)} of them below a threshold` : "";
  const direct = stream.direct ? "direct" : "THROUGH THE PAGE CACHE";
  const most = stream.queue_depth > 0 ? ` (at most ${count(stream.queue_depth)})` : "";
  const core = stream.io_core >= 0 ? `, I/O thread on core ${stream.io_core}` : "";
  return [
    [
      "neurons",
      `${count(t.candidates)} let through and ${count(t.active)} active a token, of ${count(stream.neurons)}${without}; ` +
        `${percent(hitRate)} found in a cache of ${count(stream.cache_neurons)} (${bytes(stream.cache_bytes)}, ${kept}` +
        `${stream.hot_neurons > 0 ? `; ${count(t.hot_hits)} a token in hot clusters of ${count(stream.hot_neurons)}` : ""})`,
    ],
    [
      "flash",
      `${count(t.reads)} reads and ${bytes(t.read_bytes)} a token, ${count(t.queue_depth)} under way${most}, ` +
        `${stream.flash}, ${direct}${stream.reads === "two-phase" ? ", Gate first" : ""}; ` +
        `${percent(stallShare)} of decode time waiting for it${core}`,
    ],
    [
      "predictors",
      `${bytes(stream.predictor_bytes)} read a token` +
        (predictors.length > 0 ? `, ${predictorKinds(predictors)}; ${predictorWorth(predictors)}` : ""),
    ],
    [
      "streaming",
      `predict ${milliseconds(t.predict_ms)}, cache ${milliseconds(t.cache_ms)}, ` +
        `compute ${milliseconds(t.compute_ms)}, wait ${milliseconds(t.stall_ms)} a token (medians)`,
    ],
  ];
}

/** Errors are of the prediction: +10 % is a tenth more than was measured. */
function predictedLine({ decode_tps, peak_bytes, error, assumed }: PredictedSummary): string {
  const off = (by: number | null) => (by === null ? "" : ` (${by < 0 ? "" : "+"}${significant(100 * by)} %)`);
  const ground = assumed ? "; how neurons fire was ASSUMED" : "";
  return `decode ${speed(decode_tps)}${off(error.decode_tps)}, memory ${bytes(peak_bytes)}${off(error.peak_bytes)}${ground}`;
}

const MEANS = { cgroup: "enforced by a cgroup", balloon: "enforced by a balloon process", none: "not enforced" };

function memoryLine({ budget_bytes: budget, peak_bytes: peak, enforced }: RunSummary["memory"]): string {
  if (budget === null) return `peak ${bytes(peak)}`;
  const means = enforced === null ? "" : `, ${MEANS[enforced]}`;
  return `peak ${bytes(peak)} of a budget of ${bytes(budget)}${means}`;
}

const coldLine = (how: string): string => (how === "failed" ? "could not be emptied" : `emptied by ${how}`);

export function comparisonTable({ results, pairs, rounds }: Comparison): string {
  const spread = (s: Spread | null) =>
    s ? `${significant(s.median)}  [${significant(s.min)} .. ${significant(s.max)}], MAD ${significant(s.mad)}` : "-";
  const head = ["engine", "decode tok/s, median [min .. max]", "prefill tok/s, median [min .. max]", "first token"];
  const body = results.map((r) => [
    r.configuration,
    spread(r.spread.decode_tps),
    spread(r.spread.prefill_tps),
    milliseconds(r.ttft_ms),
  ]);
  const verdicts = pairs.map((p) => {
    const interval = `${significant(p.ci95[0])} .. ${significant(p.ci95[1])}`;
    const said = p.verdict === "not distinguishable" ? p.verdict : `${p.a} is ${p.verdict}`;
    const name = p.metric === "decode_tps" ? "decode" : "prefill";
    return `${name}: ${p.a} / ${p.b} = ${significant(p.ratio)} (95 % interval ${interval}): ${said}`;
  });
  return [rounds === 1 ? "1 round" : `${rounds} rounds`, table([head, ...body]), ...verdicts].join("\n");
}
