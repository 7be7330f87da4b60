/** What a ladder's rungs and a curve's points say, in words. */
import type { Ablation, Study, Sweep } from "../../electron/ipc/contract.js";
import { times } from "./compare.js";
import { engineLabel } from "./engines.js";
import { NONE, bytes, count, digits, speed, text, type Quantity } from "./format.js";
import { plain } from "./plain.js";

export type Figures = Ablation["rungs"][number] | Sweep["points"][number];
type Step = Ablation["rungs"][number]["step"];

export const KIND_NAMES: Record<Study["kind"], string> = { ablation: "Ladder", sweep: "Curve" };

export const figuresIn = (study: Study): readonly Figures[] => (study.kind === "ablation" ? study.rungs : study.points);

/** "4.18 tok/s [4.02 – 4.31]": the median, and how far the rounds lie apart. */
export function decodeInWords(tps: Figures["decode_tps"]): string {
  if (tps === null) return NONE;
  return `${text(speed(tps.median))} [${digits(tps.min)} – ${digits(tps.max)}]`;
}

/** Null: it was not left out. */
export const failureInWords = ({ failure }: Figures): string | null =>
  failure === null ? null : `left out (${failure.code})`;

/** "2.45× [2.31 – 2.60]" */
export const stepInFew = (step: Step): string =>
  step === null ? NONE : `${times(step.ratio)} [${times(step.ci95[0])} – ${times(step.ci95[1])}]`;

export interface StudyHeadline {
  figure: Quantity;
  label: string;
  detail: string;
}

const UNKNOWN: Quantity = { figure: NONE, unit: "" };

/** What a study came to in one figure: of a ladder its whole climb, of a curve its fastest point. */
export function headlineOf(study: Study | null, kind: Study["kind"]): StudyHeadline {
  return kind === "ablation"
    ? climbOf(study?.kind === "ablation" ? study.rungs : [])
    : fastestOf(study?.kind === "sweep" ? study.points : []);
}

function climbOf(rungs: Ablation["rungs"]): StudyHeadline {
  const label = "Every stage over llama.cpp";
  const first = rungs[0]?.decode_tps ?? null;
  const last = rungs.findLast(({ beside }) => !beside)?.decode_tps ?? null;
  if (first === null || last === null) return { figure: UNKNOWN, label, detail: "" };
  const detail = `${text(speed(first.median))} to ${text(speed(last.median))}, medians`;
  return { figure: { figure: times(last.median / first.median), unit: "" }, label, detail };
}

function fastestOf(points: Sweep["points"]): StudyHeadline {
  const label = "Fastest decode";
  const known = points.flatMap((point) => (point.decode_tps === null ? [] : { point, tps: point.decode_tps.median }));
  const best = known.reduce<(typeof known)[number] | null>(
    (most, one) => (one.tps > (most?.tps ?? 0) ? one : most),
    null,
  );
  if (best === null) return { figure: UNKNOWN, label, detail: "" };
  const { engine, memory_bytes } = best.point;
  return { figure: speed(best.tps), label, detail: `${engineLabel(engine)} in ${text(bytes(memory_bytes))}` };
}

/** What every run of it was asked to do. */
export function workInWords({
  tokens,
  seconds,
  rounds,
  study,
}: {
  tokens: number;
  seconds: number | null;
  rounds: number;
  study: Study | null;
}): string {
  const turns = rounds === 1 ? "1 round" : `${count(rounds)} rounds`;
  const prompt = study === null ? "" : `${count(study.prompt_tokens)} prompt tokens, `;
  const most = seconds === null ? "" : ` or ${digits(seconds)} s`;
  const budget = study?.kind === "ablation" ? `, in ${text(bytes(study.memory_bytes))}` : "";
  return `${turns} of ${prompt}${count(tokens)} tokens${most}, cold${budget}`;
}

/** The model as its metadata names it, or its file. */
export const modelNameOf = (study: Study | null, fallback: string): string =>
  study?.model_name == null ? fallback : plain(study.model_name, 60);
