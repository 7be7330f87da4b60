/**
 * The frame of every chart: Recharts' axes and grid, and what is drawn in it. What changes comes in through contexts,
 * past Recharts: axes are drawn anew when they step or are zoomed, marks with every redraw, the frame hardly ever.
 */
import { memo } from "react";
import { CartesianGrid, ComposedChart } from "recharts";
import { useTurn } from "../use-turn.js";
import { MARGIN } from "./layout.js";
import { Marks } from "./Marks.js";
import { XTicks, YTicks } from "./Ticks.js";

interface PlotProps {
  width: number;
  height: number;
  grid: boolean;
}

export const Plot = memo(function Plot({ width, height, grid }: PlotProps) {
  return (
    <ComposedChart width={width} height={height} data={NO_DATA} margin={MARGINS} accessibilityLayer={false}>
      <Axes grid={grid} />
      <Marks />
    </ComposedChart>
  );
});

/** In a turn of their own: they take Recharts as long as the rest of a chart. */
function Axes({ grid }: { grid: boolean }) {
  if (!useTurn(true)) return null;
  return (
    <>
      {grid && <CartesianGrid vertical={false} verticalCoordinatesGenerator={none} stroke="var(--line)" />}
      <XTicks />
      <YTicks />
    </>
  );
}

/** Recharts works out where they are, also of a grid that has none: the longest part of making the first chart. */
const none = () => [];

/** Recharts gives an axis without data no place. What is drawn is not here. */
const NO_DATA = [{ x: 0, y: 0 }];
const MARGINS = { top: MARGIN.top, right: MARGIN.right, bottom: 0, left: 0 };
