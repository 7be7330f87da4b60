/** Decode speed: each token's own, the median of the latest ones, and the mean of all. */
import { memo } from "react";
import { engineColour } from "../../state/engines.js";
import { speed, text, tick } from "../../state/format.js";
import { MEDIAN_WINDOW, meanTps, type Trace } from "../../state/trace.js";
import { useReading } from "../reading.js";
import type { Line } from "../marks/lines.js";
import type { Mark } from "../marks/mark.js";
import type { ChartProps } from "./chart.js";
import { LinesChart } from "./LinesChart.js";

/** A clock that does not resolve a step says nothing of its speed; the shortest time it could have is a microsecond. */
export const perSecond = (ms: number) => 1000 / Math.max(ms, 0.001);

const tps = (value: number) => text(speed(value));

export function speedLines(trace: Trace, colour: string): Line[] {
  const { tokens } = trace;
  const common = { trace, colour, of: "tokens", value: perSecond, text: tps } as const;
  return [
    { ...common, id: "instant", label: "each token", look: "faint", column: tokens.stepMs },
    { ...common, id: "median", label: `median of ${MEDIAN_WINDOW}`, look: "thick", column: tokens.medianMs },
  ];
}

export const SpeedChart = memo(function SpeedChart({ trace, engine }: ChartProps) {
  const { view } = useReading();
  const mean = meanTps(trace);
  const lines = speedLines(trace, engineColour(engine));
  return (
    <LinesChart
      id="speed"
      title="Decode speed"
      unit="tok/s"
      lines={lines}
      extra={mean === null ? [] : [meanSeries(mean)]}
      above={mean === null ? [] : [meanMark(mean, view.from, view.to)]}
      yText={tick}
      steps={5}
      empty={trace.count < 2 ? "Each token's speed is drawn here as it comes." : null}
    />
  );
});

const MEAN = { look: "dash", colour: "var(--ink-2)" } as const;

const meanSeries = (mean: number) => ({ ...MEAN, id: "mean", label: "mean", read: () => tps(mean) });

function meanMark(mean: number, from: number, to: number): Mark {
  const path: Mark["path"] = ({ x, y }) => `M${x(from)} ${y(mean)}H${x(to)}`;
  return { ...MEAN, series: "mean", path };
}
