/** Neurons computed, by token and layer: where the model is sparse, and where it is not. */
import { memo, useMemo } from "react";
import { count as counted } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { niceCeiling, niceTicks, type Axis } from "../data/scale.js";
import { tokenAt, tokensIn, xOfToken, type XView } from "../data/x-view.js";
import { Frame } from "../frame/Frame.js";
import { HeatMap } from "../frame/HeatMap.js";
import { useHidden } from "../frame/use-hidden.js";
import { heatPlaces } from "../marks/heat.js";
import type { DataTable, Series } from "../marks/mark.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";

const TICKS = 4;
const layer = (place: number) => counted(Math.floor(place));

export const ActiveChart = memo(function ActiveChart({ trace, engine, neurons }: ChartProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const { active } = trace.tokens;
  const places = heatPlaces(active, trace.tokenRows.count, tokensIn(trace, view));
  const most = places.values.reduce((top, value) => (value > top ? value : top), 0);
  const top = neurons !== null && most > neurons / 2 ? neurons : niceCeiling(most);
  const y = useMemo(() => layerAxis(active.layers), [active.layers]);
  const told = active.rows > 0;
  const xOf = (row: number) => xOfToken(trace, view.mode, Math.min(row, trace.tokenRows.count - 1));
  return (
    <Frame
      id="active"
      title="Active neurons"
      unit={told ? <HeatKey top={top} /> : "by layer"}
      y={y}
      yText={layer}
      series={told ? activeSeries(trace, view, neurons) : []}
      marks={[]}
      hidden={hidden}
      empty={told ? null : missing(trace, engine)}
      summary={`By token and layer; at most ${counted(most)} of a layer's ${neurons === null ? "" : counted(neurons)} neurons in view`}
      table={() => table(trace, view)}
      backdrop={({ width, height, x }) =>
        hidden.has("layers") ? null : <HeatMap {...{ places, top, width, height }} x={(row) => x(xOf(row))} />
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

/** From layer 0 at the bottom; the tick is in the middle of its layer. */
function layerAxis(layers: number): Axis {
  const ticks = niceTicks(0, Math.max(layers - 1, 0), Math.min(TICKS, Math.max(layers - 1, 1)));
  return { from: 0, to: Math.max(layers, 1), ticks: ticks.filter(Number.isInteger).map((tick) => tick + 0.5) };
}

function HeatKey({ top }: { top: number }) {
  return (
    <span className="heat-key">
      0 <i /> {counted(top)} of a layer
    </span>
  );
}

function activeSeries(trace: Trace, { mode }: XView, neurons: number | null): Series[] {
  const { active } = trace.tokens;
  const look = { look: "fill", colour: "var(--heat-high)" } as const;
  const rows = (x: number | null) => {
    const row = tokenAt(trace, mode, x) ?? 0;
    return active.values.slice(row * active.rows, (row + 1) * active.rows);
  };
  const share = (value: number) => (neurons ? ` (${Math.round((100 * value) / neurons)} %)` : "");
  const text = (value: number) => (Number.isFinite(value) ? counted(Math.round(value)) + share(value) : "–");
  return [
    { ...look, id: "layers", label: "by layer, on average", read: (x) => text(mean(rows(x))) },
    { ...look, id: "most", label: "at most", isFigure: true, read: (x) => text(Math.max(...rows(x))) },
  ];
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function table(trace: Trace, view: XView): DataTable {
  const { active } = trace.tokens;
  const { from, to } = tokensIn(trace, view);
  const names = Array.from({ length: active.rows }, (_, row) => `layer ${active.layersOf(row)[0]}`);
  const rows = Array.from({ length: to - from }, (_, i) => [
    trace.tokens.number.at(from + i),
    ...Array.from(active.values.slice((from + i) * active.rows, (from + i + 1) * active.rows), (value) =>
      Number.isNaN(value) ? null : value,
    ),
  ]);
  return { columns: ["token", ...names], rows };
}
