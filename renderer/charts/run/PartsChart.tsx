/** Where the time of each token goes. Above the stack, the slowest tokens: a stall of one in ten thousand stays seen. */
import { memo } from "react";
import { duration, text } from "../../state/format.js";
import { PARTS, type Part, type Trace } from "../../state/trace.js";
import { valueAxis } from "../data/scale.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import { drawn, markOf, seriesOf, tableOf, type Line } from "../marks/lines.js";
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

const ms = (value: number) => text(duration(value));
const tick = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 4 });

export const PartsChart = memo(function PartsChart({ trace }: ChartProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const slowest = slowestLine(trace);
  const lines = [slowest, ...PARTS.map((part) => partLine(trace, part)).reverse()]; // as they lie on each other
  const stack = partStack(trace, view, hidden.has);
  const drawing = drawn(slowest, trace, view);
  return (
    <Frame
      id="parts"
      title="Time per token"
      unit="ms"
      y={valueAxis(0, hidden.has(slowest.id) ? stack.most : drawing.most, STEPS)}
      yText={tick}
      series={lines.map((line) => seriesOf(line, trace, view))}
      marks={[...stack.marks, markOf(drawing, view)]}
      hidden={hidden}
      empty={trace.count < 2 ? "What each token's time was spent on is drawn here as it comes." : null}
      summary={`In view, on average: ${PARTS.map((part) => `${PART_LABELS[part]} ${ms(stack.means[part])}`).join(", ")}; slowest token ${ms(drawing.most)}`}
      table={() => tableOf([...lines].reverse(), trace, view)}
    />
  );
});

function partLine({ tokens }: Trace, part: Part): Line {
  const common = { of: "tokens", look: "fill", text: ms } as const;
  return { ...common, id: part, label: PART_LABELS[part], colour: partColour(part), column: tokens.parts[part] };
}

function slowestLine({ tokens }: Trace): Line {
  const common = { of: "tokens", look: "line", text: ms, greatestOnly: true } as const;
  return { ...common, id: "whole", label: "whole, slowest", colour: "var(--ink)", column: tokens.stepMs };
}
