/** One chart: title, legend, menu, axes, marks, cursor, and what it says in words. All charts are made of it. */
import { useId, useMemo, useRef, type ReactNode } from "react";
import type { Axis } from "../data/scale.js";
import { scaleOf, type DataTable, type Label, type Mark, type Scale, type Series } from "../marks/mark.js";
import { useReading, type Rows } from "../reading.js";
import { ChartMenu } from "./ChartMenu.js";
import { Cursor } from "./Cursor.js";
import { Legend } from "./Legend.js";
import { MARGIN, plotOf, type Box } from "./layout.js";
import { DrawingContext } from "./Marks.js";
import { Plot } from "./Plot.js";
import { PlotInput } from "./PlotInput.js";
import { AxesContext } from "./Ticks.js";
import { Tip } from "./Tip.js";
import type { Hidden } from "./use-hidden.js";
import { useSize } from "./use-size.js";
import { placeText } from "../data/places.js";
import { xTextOf } from "../data/x-text.js";
import { useTurn } from "../use-turn.js";
import { xAxisOf } from "./x-axis.js";

export interface FrameProps {
  id: string;
  title: string;
  unit: ReactNode;
  along?: string; // what the x axis is, in words
  y: Axis;
  yText: (value: number) => string; // always the same function, or axes are drawn anew with every redraw
  series: readonly Series[]; // of the legend
  details?: readonly Series[]; // of what the cursor shows, where that is more
  marks: readonly Mark[];
  labels?: readonly Label[];
  hidden: Hidden;
  /** Why there is nothing to draw; null: there is. */
  empty: string | null;
  summary: string;
  table: () => DataTable;
  /** Drawn below the marks, where paths do not do. */
  backdrop?: (scale: Scale) => ReactNode;
  rows?: Rows;
}

export function Frame(props: FrameProps) {
  const { id, title, unit, series, hidden, empty, summary } = props;
  const figure = useRef<HTMLElement>(null);
  const heading = useId();
  return (
    <figure className="run-chart" id={`chart-${id}`} ref={figure} aria-labelledby={heading}>
      <figcaption>
        <h3 id={heading}>{title}</h3>
        <span className="chart-unit">{unit}</span>
        <Legend series={series} hidden={hidden} />
        <ChartMenu title={title} figure={figure} table={props.table} isDisabled={empty !== null} />
      </figcaption>
      <Area {...props} />
      <p className="chart-summary visually-hidden">{empty ?? summary}</p>
    </figure>
  );
}

function Area(props: FrameProps) {
  const area = useRef<HTMLDivElement>(null);
  const size = useSize(area);
  const { empty } = props;
  if (empty !== null || size === null) {
    return (
      <div className="chart-area" ref={area}>
        {empty !== null && <p className="chart-empty">{empty}</p>}
      </div>
    );
  }
  return (
    <div className="chart-area" ref={area}>
      <InTurn {...props} size={size} />
    </div>
  );
}

type PlottedProps = Omit<FrameProps, "unit" | "empty" | "summary" | "table"> & { size: Box };

function InTurn(props: PlottedProps) {
  return useTurn() ? <Plotted {...props} /> : null;
}

function Plotted({ id, title, along = "by token", y, yText, hidden, size, backdrop, ...props }: PlottedProps) {
  const { series, details = series, marks, labels = [], rows } = props;
  const { view, places } = useReading();
  const plot = plotOf(size);
  const scale = scaleOf(view, y, plot.width, plot.height);
  const x = useMemo(() => xAxisOf(view, plot.width, places), [view.mode, view.from, view.to, plot.width, places]);
  const kept = useMemo(() => y, [y.from, y.to]);
  const xText = useMemo(() => (places ? placeText(places) : xTextOf(view.mode)), [places, view.mode]);
  const axes = useMemo(() => ({ x, y: kept, xText, yText }), [x, kept, xText, yText]);
  const isShown = ({ series: of }: { series: string }) => !hidden.has(of);
  const place = { left: MARGIN.left, top: MARGIN.top, ...plot };
  return (
    <>
      {backdrop && (
        <div className="plot-backdrop" style={place}>
          {backdrop(scale)}
        </div>
      )}
      <AxesContext value={axes}>
        <DrawingContext value={{ marks: marks.filter(isShown), labels: labels.filter(isShown), scale }}>
          <Plot {...size} grid={!backdrop} />
        </DrawingContext>
      </AxesContext>
      <div className="plot-overlay" style={place}>
        <Cursor plot={plot} />
      </div>
      <PlotInput chart={id} label={`${title}, ${along}`} series={details} plot={plot} rows={rows} />
      <div className="plot-overlay" style={place}>
        <Tip chart={id} series={details} plot={plot} />
      </div>
    </>
  );
}
