/** Where the time of each token goes. Above the stack, the slowest tokens: a stall of one in ten thousand stays seen. */
import { memo } from "react";
import { duration, text, tick } from "../../state/format.js";
import { PARTS, type Part, type Trace } from "../../state/trace.js";
import { valueAxis } from "../data/scale.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import { beyondOf } from "../marks/beyond.js";
import { drawn, markOf, seriesOf, type Line } from "../marks/lines.js";
import { tableOf } from "../marks/table.js";
import { partColour, partStack } from "../marks/stack.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";

export const PART_LABELS: Record<Part, string> = {
  attention: "attention",
  ffn: "FFN",
  sampling: "sampling",
  other: "other",
};
const STEPS = 4;
/** One stall of a second must not press ten thousand tokens to the floor: what is taller is marked at the upper edge. */
const TALLEST = 3; // of the mean

const ms = (value: number) => text(duration(value));

export const PartsChart = memo(function PartsChart({ trace }: ChartProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const slowest = slowestLine(trace);
  const lines = [slowest, ...PARTS.map((part) => partLine(trace, part)).reverse()]; // as they lie on each other
  const { marks, means } = partStack(trace, view, hidden.has);
  const drawing = drawn(slowest, view);
  const mean = PARTS.reduce((sum, part) => sum + (hidden.has(part) ? 0 : means[part]), 0);
  const y = valueAxis(0, Math.min(drawing.most, TALLEST * mean), STEPS);
  const beyond = beyondOf(drawing, view, y.to);
  return (
    <Frame
      id="parts"
      title="Time per token"
      unit="ms"
      y={y}
      yText={tick}
      series={[...lines.map((line) => seriesOf(line, view)), beyond.series]}
      marks={[...marks, markOf(drawing, view), beyond.mark]}
      hidden={hidden}
      empty={trace.count < 2 ? "What each token's time was spent on is drawn here as it comes." : null}
      summary={`In view, on average: ${PARTS.map((part) => `${PART_LABELS[part]} ${ms(means[part])}`).join(", ")}; slowest token ${ms(drawing.most)}`}
      table={() => tableOf([...lines].reverse(), view)}
    />
  );
});

function partLine(trace: Trace, part: Part): Line {
  const common = { trace, of: "tokens", look: "fill", text: ms } as const;
  return { ...common, id: part, label: PART_LABELS[part], colour: partColour(part), column: trace.tokens.parts[part] };
}

function slowestLine(trace: Trace): Line {
  const common = { trace, of: "tokens", look: "faint", text: ms, greatestOnly: true } as const;
  return { ...common, id: "whole", label: "whole, slowest", colour: "var(--ink)", column: trace.tokens.stepMs };
}
