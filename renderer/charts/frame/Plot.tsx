/**
 * The frame of every chart: Recharts' axes and grid, and what is drawn in it. The axes are only drawn anew when they
 * step; marks change with every redraw and come past them through a context, as paths that Recharts never looks at.
 */
import { createContext, memo, useContext } from "react";
import {
  CartesianGrid,
  ComposedChart,
  XAxis,
  YAxis,
  type XAxisTickContentProps,
  type YAxisTickContentProps,
} from "recharts";
import type { Axis } from "../data/scale.js";
import type { Mark, Scale } from "../marks/mark.js";
import { MARGIN } from "./layout.js";

export interface Drawing {
  marks: readonly Mark[];
  scale: Scale;
}

export const DrawingContext = createContext<Drawing | null>(null);

interface PlotProps {
  width: number;
  height: number;
  x: Axis;
  y: Axis;
  xText: (value: number) => string;
  yText: (value: number) => string;
  grid: boolean;
}

export const Plot = memo(function Plot({ width, height, x, y, xText, yText, grid }: PlotProps) {
  return (
    <ComposedChart width={width} height={height} data={NO_DATA} margin={MARGINS} accessibilityLayer={false}>
      {grid && <CartesianGrid vertical={false} stroke="var(--line)" />}
      <XAxis
        dataKey="x"
        type="number"
        domain={[x.from, x.to]}
        ticks={x.ticks}
        tickFormatter={xText}
        height={MARGIN.bottom}
        {...AXIS}
      />
      <YAxis
        dataKey="y"
        type="number"
        domain={[y.from, y.to]}
        ticks={y.ticks}
        tickFormatter={yText}
        width={MARGIN.left}
        {...AXIS}
      />
      <Marks />
    </ComposedChart>
  );
});

/** Recharts gives an axis without data no place. What is drawn is not here. */
const NO_DATA = [{ x: 0, y: 0 }];
const MARGINS = { top: MARGIN.top, right: MARGIN.right, bottom: 0, left: 0 };
const AXIS = {
  allowDataOverflow: true,
  interval: 0,
  stroke: "var(--line-strong)",
  niceTicks: "none", // they are given
  tick: Tick,
  tickLine: false,
} as const;

/** Recharts' own tick measures its text in the page, for each of them. */
function Tick({ x, y, textAnchor, payload, tickFormatter, index, orientation }: TickProps) {
  const value: unknown = payload.value;
  return (
    <text
      className="chart-tick"
      data-axis={orientation === "bottom" ? "x" : "y"}
      x={x}
      y={y}
      textAnchor={textAnchor}
      dy={orientation === "bottom" ? "0.71em" : "0.355em"}
    >
      {tickFormatter?.(value, index)}
    </text>
  );
}

type TickProps = XAxisTickContentProps | YAxisTickContentProps;

function Marks() {
  const drawing = useContext(DrawingContext);
  if (drawing === null) return null;
  const { marks, scale } = drawing;
  return (
    <svg
      className="chart-marks"
      x={MARGIN.left}
      y={MARGIN.top}
      width={scale.width}
      height={scale.height}
      overflow="hidden"
    >
      {marks.map((mark, at) => (
        <MarkPath key={`${mark.series} ${at}`} mark={mark} scale={scale} />
      ))}
    </svg>
  );
}

function MarkPath({ mark, scale }: { mark: Mark; scale: Scale }) {
  const colour = mark.look === "fill" ? { fill: mark.colour } : { stroke: mark.colour, fill: "none" };
  return (
    <path className="chart-mark" data-look={mark.look} data-series={mark.series} d={mark.path(scale)} {...colour} />
  );
}
