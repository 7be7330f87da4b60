/** How fast the agent reads from storage, and when it waited for pages to come from it. */
import { memo } from "react";
import { bytes, digits, text } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { binaryAxis } from "../data/binary-axis.js";
import type { Line } from "../marks/lines.js";
import type { ChartProps } from "./chart.js";
import { SamplesChart } from "./SamplesChart.js";

const rate = (value: number) => `${text(bytes(value))}/s`;
const tick = (value: number) => text(bytes(value));
const faults = (value: number) => `${digits(value)} /s`;

export function storageLines(trace: Trace): Line[] {
  const { readRate, faultRate } = trace.samples;
  const common = { trace, of: "samples" } as const;
  return [
    { ...common, id: "reads", label: "reads", look: "thick", colour: "var(--series-1)", column: readRate, text: rate },
    {
      ...common,
      id: "faults",
      label: "major faults",
      look: "rug",
      colour: "var(--fail)",
      column: faultRate,
      text: faults,
    },
  ];
}

export const StorageChart = memo(function StorageChart({ trace, target }: ChartProps) {
  const { readBytes, majorFaults } = trace.samples;
  return (
    <SamplesChart
      trace={trace}
      id="storage"
      title="Storage reads"
      unit="per second"
      lines={storageLines(trace)}
      yText={tick}
      axis={binaryAxis}
      told={[readBytes, majorFaults]}
      why={`${target} does not tell what a process reads from storage.`}
    />
  );
});
