/** Counts by token and layer as a heat map: what charts of layers have in common. */
import { useMemo } from "react";
import { count as counted } from "../../state/format.js";
import type { LayerValues, Trace } from "../../state/trace.js";
import { layerAxis, layerText } from "../data/layers.js";
import { tokensIn, xOfToken, type XView } from "../data/x-view.js";
import { Frame } from "../frame/Frame.js";
import { HeatKey } from "../frame/HeatKey.js";
import { HeatMap } from "../frame/HeatMap.js";
import { useHidden } from "../frame/use-hidden.js";
import { heatPlaces } from "../marks/heat.js";
import type { DataTable, Series } from "../marks/mark.js";
import { useReading } from "../reading.js";

interface LayersChartProps {
  id: string;
  title: string;
  trace: Trace;
  counts: LayerValues;
  /** The value that has the last colour, of the greatest one in view. */
  topOf: (most: number) => number;
  of: string; // what the colours count, behind a number
  series: Series[];
  empty: string; // why there is nothing to draw, where there is not
  summary: (most: number) => string;
}

export function LayersChart({ id, title, trace, counts, topOf, of, series, empty, summary }: LayersChartProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const places = heatPlaces(counts, trace.tokenRows.count, tokensIn(trace, view));
  const most = places.values.reduce((greatest, value) => (value > greatest ? value : greatest), 0);
  const top = topOf(most);
  const y = useMemo(() => layerAxis(counts.layers), [counts.layers]);
  const told = counts.rows > 0;
  const xOf = (row: number) => xOfToken(trace, view.mode, Math.min(row, trace.tokenRows.count - 1));
  return (
    <Frame
      id={id}
      title={title}
      unit={told ? <HeatKey top={`${counted(top)} ${of}`} /> : "by layer"}
      y={y}
      yText={layerText}
      series={told ? series : []}
      marks={[]}
      hidden={hidden}
      empty={told ? null : empty}
      summary={summary(most)}
      table={() => tableOf(trace, counts, view)}
      backdrop={({ width, height, x }) =>
        hidden.has("layers") ? null : <HeatMap {...{ places, top, width, height }} x={(row) => x(xOf(row))} />
      }
    />
  );
}

function tableOf(trace: Trace, counts: LayerValues, view: XView): DataTable {
  const { from, to } = tokensIn(trace, view);
  const names = Array.from({ length: counts.rows }, (_, row) => `layer ${counts.layersOf(row)[0]}`);
  const rows = Array.from({ length: to - from }, (_, i) => [
    trace.tokens.number.at(from + i),
    ...Array.from(counts.values.slice((from + i) * counts.rows, (from + i + 1) * counts.rows), (value) =>
      Number.isNaN(value) ? null : value,
    ),
  ]);
  return { columns: ["token", ...names], rows };
}
