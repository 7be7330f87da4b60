/** Where the time of each token goes. Above the stack, the slowest tokens: a stall of one in ten thousand stays seen. */
import { memo } from "react";
import { duration, text, tick } from "../../state/format.js";
import { partLabel } from "../../state/parts.js";
import { valueAxis } from "../data/scale.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import { beyondOf } from "../marks/beyond.js";
import { drawn, markOf, seriesOf } from "../marks/lines.js";
import { partLines, slowestLine, unitOf } from "../marks/parts.js";
import { tableOf } from "../marks/table.js";
import { partStack } from "../marks/stack.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";

const STEPS = 4;
/** One stall of a second must not press ten thousand tokens to the floor: what is taller is marked at the upper edge. */
const TALLEST = 3; // of the mean

const ms = (value: number) => text(duration(value));

export const PartsChart = memo(function PartsChart({ trace, engine }: ChartProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const slowest = slowestLine(trace);
  const lines = [slowest, ...partLines(trace).reverse()]; // as they lie on each other
  const { marks, means } = partStack(trace, view, hidden.has);
  const drawing = drawn(slowest, view);
  const mean = [...means].reduce((sum, [part, value]) => sum + (hidden.has(part) ? 0 : value), 0);
  const y = valueAxis(0, Math.min(drawing.most, TALLEST * mean), STEPS);
  const beyond = beyondOf(drawing, view, y.to);
  const { split } = trace.tokens;
  return (
    <Frame
      id="parts"
      title="Time per token"
      unit={unitOf(trace, engine)}
      y={y}
      yText={tick}
      series={[...lines.map((line) => seriesOf(line, view)), beyond.series]}
      marks={[...marks, markOf(drawing, view), beyond.mark]}
      hidden={hidden}
      empty={trace.count < 2 ? "What each token's time was spent on is drawn here as it comes." : null}
      summary={`In view, on average: ${[...means].map(([part, value]) => `${partLabel(part, split)} ${ms(value)}`).join(", ")}; slowest token ${ms(drawing.most)}`}
      table={() => tableOf([...lines].reverse(), view)}
    />
  );
});
