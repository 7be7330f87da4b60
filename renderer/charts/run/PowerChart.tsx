/** Power out of the battery. While it is charging, that says nothing of what the run takes. */
import { memo } from "react";
import { digits, tick } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { samplesIn, xOfSample, type XView } from "../data/x-view.js";
import type { Line } from "../marks/lines.js";
import type { Mark, Series } from "../marks/mark.js";
import { areaPath } from "../marks/paths.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";
import { SamplesChart } from "./SamplesChart.js";

const watts = (value: number) => `${digits(value)} W`;
const wattsTick = (value: number) => `${tick(value)} W`;
const CHARGING = { look: "fill", colour: "var(--warn-soft)" } as const;

export function powerLine(trace: Trace): Line {
  const column = trace.samples.watts;
  return {
    id: "power",
    label: "out of the battery",
    look: "thick",
    colour: "var(--series-3)",
    trace,
    of: "samples",
    column,
    text: watts,
  };
}

export const PowerChart = memo(function PowerChart({ trace, target }: ChartProps) {
  const { view } = useReading();
  const why =
    target === "this computer"
      ? "has no battery that tells its voltage and current"
      : "does not let a shell read its battery's voltage and current";
  return (
    <SamplesChart
      trace={trace}
      id="power"
      title="Power"
      unit="W"
      lines={[powerLine(trace)]}
      below={[chargingMark(trace, view)]}
      extra={[chargingSeries(trace)]}
      yText={wattsTick}
      why={`${target} ${why}.`}
    />
  );
});

function chargingSeries(trace: Trace): Series {
  const { charging } = trace.samples;
  const last = charging.at(trace.sampleRows.count - 1);
  return {
    ...CHARGING,
    id: "charging",
    label: "charging",
    read: () => (Number.isNaN(last) ? "–" : last === 1 ? "yes" : "no"),
  };
}

/** A band over the moments at which the battery was being charged. */
function chargingMark(trace: Trace, view: XView): Mark {
  const { from, to } = samplesIn(trace, view);
  const path: Mark["path"] = ({ x, height }) =>
    areaPath(
      to - from,
      (i) => x(xOfSample(trace, view.mode, from + i)),
      (i) => (trace.samples.charging.at(from + i) === 1 ? 0 : NaN),
      () => height,
    );
  return { ...CHARGING, series: "charging", path };
}
