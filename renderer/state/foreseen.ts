/** What the planner foresaw of a run, with its errors: +10 % is a tenth more than was measured. */
import type { ShownSummary } from "../../electron/ipc/contract.js";
import { bytes, digits, speed, text } from "./format.js";

export function foreseenInWords(predicted: ShownSummary["predicted"]): string {
  if (predicted === undefined) return "";
  const { decode_tps, peak_bytes, error, assumed } = predicted;
  const decode = `${text(speed(decode_tps))}${off(error.decode_tps)}`;
  const memory = `${text(bytes(peak_bytes))}${off(error.peak_bytes)}`;
  return `Foreseen ${decode}, memory ${memory}${assumed ? "; how neurons fire was assumed" : ""}`;
}

const off = (by: number | null) => (by === null ? "" : ` (${by < 0 ? "" : "+"}${digits(100 * by)} %)`);
