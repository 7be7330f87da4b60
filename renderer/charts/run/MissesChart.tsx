/** Neurons that were not in the cache, by token and layer: what flash had to bring. */
import { memo } from "react";
import { count as counted } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { niceCeiling } from "../data/scale.js";
import type { XView } from "../data/x-view.js";
import type { Series } from "../marks/mark.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";
import { HEAT, layersAt, LayersChart, sumOf } from "./LayersChart.js";

export const MissesChart = memo(function MissesChart({ trace }: ChartProps) {
  const { view } = useReading();
  return (
    <LayersChart
      id="misses"
      title="Cache misses"
      trace={trace}
      counts={trace.tokens.misses}
      topOf={niceCeiling}
      of="neurons of a layer"
      series={missSeries(trace, view)}
      empty={
        trace.count < 2
          ? "How many neurons of each layer were not in the cache is drawn here."
          : "Every neuron of this run is in memory: nothing is read while it decodes."
      }
      summary={(most) => `By token and layer; at most ${counted(most)} neurons of a layer in view`}
    />
  );
});

function missSeries(trace: Trace, view: XView): Series[] {
  const { hits, misses } = trace.tokens;
  const sum = (of: typeof hits, x: number | null) => sumOf(layersAt(trace, of, view, x));
  const text = (value: number) => (Number.isFinite(value) ? counted(Math.round(value)) : "–");
  const rate = (hit: number, miss: number) => (hit + miss > 0 ? `${((100 * hit) / (hit + miss)).toFixed(1)} %` : "–");
  return [
    { ...HEAT, id: "layers", label: "missed, all layers", read: (x) => text(sum(misses, x)) },
    { ...HEAT, id: "hits", label: "found", isFigure: true, read: (x) => text(sum(hits, x)) },
    { ...HEAT, id: "rate", label: "hit rate", isFigure: true, read: (x) => rate(sum(hits, x), sum(misses, x)) },
  ];
}
