/** What the heat map of neurons draws and tells, of what was counted. Places are in per cent of a layer's neurons. */
import { positionsOf, shareOf, type Heat } from "../../state/heat.js";
import { niceCeiling } from "../data/scale.js";
import type { HeatPlaces } from "../marks/heat.js";
import type { DataTable, Mark } from "../marks/mark.js";

const WHOLE = 100; // %

/** Shares of tokens, a place for each bin; nothing of layers whose neurons were never counted. */
export function cellsOf(heat: Heat): HeatPlaces {
  const { layers, bins } = heat;
  const values = new Float32Array(layers * bins);
  for (let bin = 0; bin < bins; bin++) {
    for (let layer = 0; layer < layers; layer++) values[bin * layers + layer] = shareOf(heat, layer, bin, bin + 1);
  }
  return { stride: 1, from: 0, rows: layers, values };
}

/** The share that has the last colour. */
export function topShare({ values }: HeatPlaces): number {
  return Math.min(1, niceCeiling(values.reduce((most, value) => Math.max(most, value), 0)));
}

export const binWidth = ({ bins }: Heat): number => WHOLE / bins;

/** That of a place; the last one at the end. */
export const binAt = (heat: Heat, x: number): number =>
  Math.max(0, Math.min(Math.floor(x / binWidth(heat)), heat.bins - 1));

/** With two decimals, where they say something. */
export const percentOf = (value: number): string => `${PERCENT.format(value)} %`;
const PERCENT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** As in "Positions 496 to 511 · 48.44 % to 50 % from the hottest". */
export function positionsInWords(heat: Heat, x: number): string {
  const bin = binAt(heat, x);
  const [from, to] = positionsOf(heat, bin);
  const text = (position: number) => position.toLocaleString("en-US");
  const positions = to - from === 1 ? `Position ${text(from)}` : `Positions ${text(from)} to ${text(to - 1)}`;
  const [begin, end] = [bin, bin + 1].map((edge) => percentOf(edge * binWidth(heat)));
  return `${positions} · ${begin} to ${end} from the hottest`;
}

/** Around a layer, which the cursor reads. */
export function layerMark(layer: number): Mark {
  const path: Mark["path"] = ({ y, width }) =>
    `M0 ${y(layer).toFixed(1)}V${y(layer + 1).toFixed(1)}H${width}V${y(layer).toFixed(1)}Z`;
  return { series: "row", look: "line", colour: "var(--accent)", path };
}

/** The cells in view. */
export function tableOf(heat: Heat, view: { from: number; to: number }): DataTable {
  const [first, last] = [binAt(heat, view.from), binAt(heat, view.to)];
  const rows = Array.from({ length: heat.layers }, (_, layer) =>
    Array.from({ length: last - first + 1 }, (__, at) => [
      layer,
      first + at,
      shareOf(heat, layer, first + at, first + at + 1),
    ]),
  ).flat();
  return { columns: ["layer", "bin", "share"], rows };
}
