/** Ladders and curves for people. */
import { LEAST_TIMED_TOKENS } from "../runs/decode-limit.js";
import type { Ablation, Study, StudyFigures, StudyRatio, Sweep } from "../store/index.js";
import { bytes, count, percent, significant, table } from "./units.js";

/** How far the rounds lie apart. */
function decode({ decode_tps: s, failure }: StudyFigures): string {
  if (failure) return `left out (${failure.code})`;
  return s ? `${significant(s.median)} [${significant(s.min)} .. ${significant(s.max)}]` : "-";
}

/** How long the runs were, which is what a slow contender's figures rest on. */
function work({ rounds, tokens, seconds, prompt_tokens }: Study): string {
  const time = seconds === null ? "" : ` or ${significant(seconds)} s, though at least ${LEAST_TIMED_TOKENS} tokens`;
  const turns = rounds === 1 ? "1 round" : `${rounds} rounds`;
  return `${turns}; each run: ${prompt_tokens} prompt tokens, then ${tokens} tokens of decoding${time}`;
}

const STREAM_HEAD = ["hits", "misses/token", "reads/token", "read/token", "waiting for flash"];
const streamed = ({ hit_rate, per_token, stall_share }: StudyFigures): string[] => [
  percent(hit_rate),
  count(per_token?.misses ?? null),
  count(per_token?.reads ?? null),
  bytes(per_token?.read_bytes ?? null),
  percent(stall_share),
];

const step = (s: StudyRatio | null): string =>
  s
    ? `${significant(s.ratio)}x ${s.over} (95 % interval ${significant(s.ci95[0])} .. ${significant(s.ci95[1])}): ${s.verdict}`
    : "-";

export function ablationTable(ablation: Ablation): string {
  const head = ["rung", "decode tok/s, median [min .. max]", "tokens", ...STREAM_HEAD, "against"];
  const rows = ablation.rungs.map((rung) => [
    rung.beside ? `(${rung.name})` : rung.name,
    decode(rung),
    count(rung.output_tokens),
    ...streamed(rung),
    step(rung.step),
  ]);
  const budget = `budget of ${bytes(ablation.memory_bytes)} for each; the predictor is on in every rung but the last`;
  return [work(ablation), budget, table([head, ...rows])].join("\n");
}

export function sweepTable(sweep: Sweep): string {
  const head = ["budget", "engine", "decode tok/s, median [min .. max]", "tokens", ...STREAM_HEAD, "cached", "peak"];
  const rows = sweep.points.map((point) => [
    bytes(point.memory_bytes),
    point.engine,
    decode(point),
    count(point.output_tokens),
    ...streamed(point),
    percent(point.cache && point.cache.neurons / point.cache.of_neurons),
    bytes(point.memory.peak_bytes),
  ]);
  return [work(sweep), table([head, ...rows])].join("\n");
}
