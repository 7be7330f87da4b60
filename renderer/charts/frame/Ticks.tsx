/** The axes of a frame. */
import { createContext, useContext, useMemo } from "react";
import { XAxis, YAxis, type XAxisTickContentProps, type YAxisTickContentProps } from "recharts";
import type { Axis } from "../data/scale.js";
import { MARGIN } from "./layout.js";

/** The same object while nothing of it changes. */
export interface Axes {
  x: Axis;
  y: Axis;
  xText: (value: number) => string;
  yText: (value: number) => string;
}

export const AxesContext = createContext<Axes | null>(null);

export function XTicks() {
  const axes = useContext(AxesContext);
  const given = useGiven(axes?.x, axes?.xText);
  return <XAxis dataKey="x" type="number" height={MARGIN.bottom} {...given} {...COMMON} />;
}

export function YTicks() {
  const axes = useContext(AxesContext);
  const given = useGiven(axes?.y, axes?.yText);
  return <YAxis dataKey="y" type="number" width={MARGIN.left} {...given} {...COMMON} />;
}

const NOTHING: Axis = { from: 0, to: 1, ticks: [] };

function useGiven(axis = NOTHING, text: (value: number) => string = String) {
  return useMemo(
    () => ({ domain: [axis.from, axis.to] as [number, number], ticks: axis.ticks, tickFormatter: text }),
    [axis, text],
  );
}

const COMMON = {
  allowDataOverflow: true,
  interval: 0,
  stroke: "var(--line-strong)",
  niceTicks: "none", // they are given
  tick: Tick,
  tickLine: false,
} as const;

type TickProps = XAxisTickContentProps | YAxisTickContentProps;

/** Recharts' own tick measures its text in the page, for each of them. */
function Tick({ x, y, textAnchor, payload, tickFormatter, index, orientation }: TickProps) {
  const value: unknown = payload.value;
  const isBelow = orientation === "bottom";
  return (
    <text
      className="chart-tick"
      data-axis={isBelow ? "x" : "y"}
      x={x}
      y={y}
      textAnchor={textAnchor}
      dy={isBelow ? "0.71em" : "0.355em"}
    >
      {tickFormatter?.(value, index)}
    </text>
  );
}
