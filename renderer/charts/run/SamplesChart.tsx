/** A chart of lines over samples, or the reason why there are none. */
import type { Column } from "../../state/columns.js";
import type { Trace } from "../../state/trace.js";
import { LinesChart, type LinesChartProps } from "./LinesChart.js";
import { hasAny, missing } from "./missing.js";

interface SamplesChartProps extends Omit<LinesChartProps, "empty"> {
  trace: Trace;
  /** Which columns know something where the device tells; left out: those of the lines. */
  told?: readonly Column[];
  /** A sentence for a device that does not tell. */
  why: string;
}

export function SamplesChart({ trace, told, why, ...chart }: SamplesChartProps) {
  const isTold = hasAny(told ?? chart.lines.map(({ column }) => column), trace.sampleRows);
  return <LinesChart {...chart} empty={missing(trace, isTold, why)} />;
}
