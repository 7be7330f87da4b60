/** Memory of the agent's process: all that is resident, and what of it is its own or mapped from files. */
import { memo } from "react";
import { bytes, text } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { binaryAxis } from "../data/binary-axis.js";
import type { Line } from "../marks/lines.js";
import type { ChartProps } from "./chart.js";
import { SamplesChart } from "./SamplesChart.js";

const amount = (value: number) => text(bytes(value));

export function memoryLines(trace: Trace): Line[] {
  const { rss, anon, file } = trace.samples;
  const common = { trace, of: "samples", text: amount } as const;
  return [
    { ...common, id: "rss", label: "resident", look: "thick", colour: "var(--ink)", column: rss },
    { ...common, id: "anon", label: "anonymous", look: "line", colour: "var(--series-1)", column: anon },
    { ...common, id: "file", label: "mapped files", look: "dash", colour: "var(--series-2)", column: file },
  ];
}

export const MemoryChart = memo(function MemoryChart({ trace, target }: ChartProps) {
  return (
    <SamplesChart
      trace={trace}
      id="memory"
      title="Memory"
      unit="of the agent"
      lines={memoryLines(trace)}
      yText={amount}
      axis={binaryAxis}
      why={`${target} does not tell how much memory a process uses.`}
    />
  );
});
