/** What cache and flash did for each token of a streamed model. */
import { bytes, count as counted, digits, NONE, text } from "../../state/format.js";
import type { LayerValues, Trace } from "../../state/trace.js";
import type { XView } from "../data/x-view.js";
import { HEAT, layersAt, sumOf } from "./heat-series.js";
import type { Line } from "./lines.js";
import type { Series } from "./mark.js";

export const amount = (value: number) => text(bytes(Math.round(value)));
const reads = (value: number) => counted(Math.round(value));
const depth = (value: number) => `${digits(value)} reads`;
const STYLE = { look: "line", colour: "var(--span-read)", of: "tokens" } as const;

export const bytesLine = (trace: Trace): Line => ({
  ...{ ...STYLE, trace, id: "bytes", label: "read", column: trace.tokens.readBytes, text: amount },
});
export const readsLine = (trace: Trace): Line => ({
  ...{ ...STYLE, trace, id: "reads", label: "reads", column: trace.tokens.reads, text: reads },
});
export const depthLine = (trace: Trace): Line => ({
  ...{ ...STYLE, trace, id: "depth", label: "under way, mean", column: trace.tokens.queueDepth, text: depth },
});

/** All layers together. Runs of earlier versions do not tell of the hot region. */
export function missSeries(trace: Trace, view: XView): Series[] {
  const { hits, misses, hotHits } = trace.tokens;
  const sum = (of: LayerValues, x: number | null) => (of.rows === 0 ? NaN : sumOf(layersAt(trace, of, view, x)));
  const shown = (value: number) => (Number.isFinite(value) ? `${counted(Math.round(value))} neurons` : NONE);
  const rate = (hit: number, miss: number) => (hit + miss > 0 ? `${((100 * hit) / (hit + miss)).toFixed(1)} %` : NONE);
  return [
    { ...HEAT, id: "layers", label: "missed, all layers", read: (x) => shown(sum(misses, x)) },
    { ...HEAT, id: "hot", label: "found, hot region", isFigure: true, read: (x) => shown(sum(hotHits, x)) },
    { ...HEAT, id: "cold", label: "cold region", isFigure: true, read: (x) => shown(sum(hits, x) - sum(hotHits, x)) },
    { ...HEAT, id: "hits", label: "both", isFigure: true, read: (x) => shown(sum(hits, x)) },
    { ...HEAT, id: "rate", label: "hit rate", isFigure: true, read: (x) => rate(sum(hits, x), sum(misses, x)) },
  ];
}
