/** What the planner foresaw of a run, with its errors: +10 % is a tenth more than was measured. */
import type { Prediction, ShownSummary } from "../../electron/ipc/contract.js";
import type { Figures } from "./figures.js";
import { bytes, digits, percent, speed, text } from "./format.js";
import type { RunView } from "./run-view.js";

type Predicted = NonNullable<ShownSummary["predicted"]>;

/** While the run goes on, its speed so far is what counts; how much memory it takes is known when it has ended. */
export function foreseenOf({ summary, foreseen }: RunView, figures: Figures): Predicted | undefined {
  return summary?.predicted ?? (foreseen === null ? undefined : besideSoFar(foreseen, figures));
}

function besideSoFar(foreseen: Prediction, { decodeTps }: Figures): Predicted {
  const decode = decodeTps === null || decodeTps <= 0 ? null : foreseen.decode_tps / decodeTps - 1;
  return { ...foreseen, error: { decode_tps: decode, prefill_tps: null, ttft_ms: null, peak_bytes: null } };
}

export function foreseenInWords(predicted: ShownSummary["predicted"]): string {
  if (predicted === undefined) return "";
  const { decode_tps, peak_bytes, hit_rate, error, assumed } = predicted;
  const decode = `${text(speed(decode_tps))}${off(error.decode_tps)}`;
  const memory = `${text(bytes(peak_bytes))}${off(error.peak_bytes)}`;
  const hits = `, hit rate ${text(percent(hit_rate))}`;
  return `Foreseen ${decode}, memory ${memory}${hits}${assumed ? "; how neurons fire was assumed" : ""}`;
}

const off = (by: number | null) => (by === null ? "" : ` (${by < 0 ? "" : "+"}${digits(100 * by)} %)`);
