/** What memory buys: speed, hits, waiting, reading and peak, each over the budget, on one axis. */
import { useMemo } from "react";
import type { Sweep } from "../../../electron/ipc/contract.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import type { Mark } from "../marks/mark.js";
import {
  axisOf,
  curveAxis,
  curveMarks,
  curveSeries,
  curveTable,
  METRICS,
  placesOf,
  type Metric,
  type Point,
} from "./curve.js";
import { StudyCharts, StudySlot } from "./StudyCharts.js";

export function SweepCharts({ sweep: { points } }: { sweep: Sweep }) {
  const budgets = points.map(({ memory_bytes }) => memory_bytes).join(" ");
  const places = useMemo(() => placesOf(points), [budgets]);
  const heading = useMemo(
    () => (x: number) => `In ${places.find((place) => place.x === x)?.text ?? "between"}`,
    [places],
  );
  return (
    <StudyCharts label="Curves over memory" {...axisOf(places)} places={places} heading={heading}>
      {METRICS.map((metric) => (
        <StudySlot key={metric.id} shown={points} wide={metric.id === "speed"}>
          {(shown) => <Curve metric={metric} points={shown} />}
        </StudySlot>
      ))}
    </StudyCharts>
  );
}

function Curve({ metric, points }: { metric: Metric; points: readonly Point[] }) {
  const hidden = useHidden();
  const { id, title, unit, value, spread } = metric;
  const seen = points.filter(({ engine }) => !hidden.has(engine));
  const values = seen.flatMap((point) => [value(point) ?? [], spread?.(point)?.max ?? []].flat());
  const limits = metric.limit === undefined ? [] : [limitMark(metric.limit)];
  const series = curveSeries(points, metric);
  return (
    <Frame
      {...{ id: `curve-${id}`, title, unit, series, hidden }}
      along="by budget"
      y={curveAxis(metric, Math.max(0, ...values))}
      yText={metric.tick}
      marks={[...limits, ...curveMarks(points, metric)]}
      empty={points.some((point) => value(point) !== null) ? null : metric.empty}
      summary={points.map((point) => `${point.name}: ${metric.words(point)}`).join("; ")}
      table={() => curveTable(points)}
    />
  );
}

const limitMark = (limit: number): Mark => ({
  ...{ series: "limit", look: "dash", colour: "var(--ink-2)" },
  path: ({ width, y }) => `M0 ${y(limit)}h${width}`,
});
