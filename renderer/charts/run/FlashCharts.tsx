/** What flash did for each token of a streamed model: how much it read, and how many reads it had under way. */
import { memo } from "react";
import { tick } from "../../state/format.js";
import { binaryAxis } from "../data/binary-axis.js";
import { amount, bytesLine, depthLine, readsLine } from "../marks/flash.js";
import { seriesOf } from "../marks/lines.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";
import { LinesChart } from "./LinesChart.js";

export const ReadsChart = memo(function ReadsChart({ trace }: ChartProps) {
  const { view } = useReading();
  return (
    <LinesChart
      id="reads"
      title="Read from flash"
      unit="for each token"
      lines={[bytesLine(trace)]}
      extra={[{ ...seriesOf(readsLine(trace), view), isFigure: true }]}
      yText={amount}
      axis={binaryAxis}
      empty={trace.count < 2 ? "How much of the model each token brings from flash is drawn here." : null}
    />
  );
});

export const DepthChart = memo(function DepthChart({ trace }: ChartProps) {
  return (
    <LinesChart
      id="depth"
      title="Queue to flash"
      unit="reads under way when one is answered"
      lines={[depthLine(trace)]}
      yText={tick}
      empty={trace.count < 2 ? "How many reads are under way together is drawn here." : null}
    />
  );
});
