/** Neurons that were not in the cache, by token and layer: what flash had to bring. */
import { memo } from "react";
import { count as counted } from "../../state/format.js";
import { niceCeiling } from "../data/scale.js";
import { missSeries } from "../marks/flash.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";
import { LayersChart } from "./LayersChart.js";

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
