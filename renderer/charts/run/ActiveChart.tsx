/** Neurons computed, by token and layer: where the model is sparse, and where it is not. */
import { memo } from "react";
import { count as counted } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { niceCeiling } from "../data/scale.js";
import type { XView } from "../data/x-view.js";
import { HEAT, layersAt, sumOf } from "../marks/heat-series.js";
import type { Series } from "../marks/mark.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";
import { LayersChart } from "./LayersChart.js";

export const ActiveChart = memo(function ActiveChart({ trace, engine, neurons }: ChartProps) {
  const { view } = useReading();
  return (
    <LayersChart
      id="active"
      title="Active neurons"
      trace={trace}
      counts={trace.tokens.active}
      topOf={(most) => (neurons !== null && most > neurons / 2 ? neurons : niceCeiling(most))}
      of="of a layer"
      series={activeSeries(trace, view, neurons)}
      empty={missing(trace, engine)}
      summary={(most) =>
        `By token and layer; at most ${counted(most)} of a layer's ${neurons === null ? "" : counted(neurons)} neurons in view`
      }
    />
  );
});

function missing({ count }: Trace, engine: string): string {
  if (count < 2) return "How many neurons of each layer a token takes is drawn here.";
  return engine === "phonon" || engine === "llmflash"
    ? "This model's neurons are all computed for every token: there is nothing to choose from."
    : "This engine computes every neuron for every token, and does not count them.";
}

function activeSeries(trace: Trace, view: XView, neurons: number | null): Series[] {
  const layers = (x: number | null) => layersAt(trace, trace.tokens.active, view, x);
  const share = (value: number) => (neurons ? ` (${Math.round((100 * value) / neurons)} %)` : "");
  const text = (value: number) => (Number.isFinite(value) ? counted(Math.round(value)) + share(value) : "–");
  const mean = (values: ArrayLike<number>) => sumOf(values) / values.length;
  return [
    { ...HEAT, id: "layers", label: "by layer, on average", read: (x) => text(mean(layers(x))) },
    { ...HEAT, id: "most", label: "at most", isFigure: true, read: (x) => text(Math.max(...Array.from(layers(x)))) },
  ];
}
