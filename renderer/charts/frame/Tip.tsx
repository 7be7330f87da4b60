/** What is under the cursor, in words and with units: every series of the chart, also those that are hidden. */
import type { Series } from "../marks/mark.js";
import { useReading } from "../reading.js";
import { useCursor } from "../x-store.js";
import { Key } from "./Legend.js";
import type { Box } from "./layout.js";

const GAP = 12; // pixels beside the cursor
const NARROW = 400; // pixels; a plot that has no room beside the cursor has it below itself

interface TipProps {
  chart: string;
  series: readonly Series[];
  plot: Box;
}

export function Tip({ chart, series, plot }: TipProps) {
  const cursor = useCursor();
  const { view, heading } = useReading();
  if (cursor?.chart !== chart || cursor.x < view.from || cursor.x > view.to) return null;
  const left = ((cursor.x - view.from) / (view.to - view.from || 1)) * plot.width;
  const beside = left > plot.width / 2 ? { right: plot.width - left + GAP } : { left: left + GAP };
  const side = plot.width < NARROW ? { left: 0, top: plot.height } : beside;
  return (
    <div className="chart-tip" style={side} data-testid="tip">
      <p>{heading(cursor.x)}</p>
      <dl>
        {series.map(({ id, label, look, colour, read, isFigure }) => (
          <div key={id}>
            <dt>
              {!isFigure && <Key look={look} colour={colour} />}
              {label}
            </dt>
            <dd>{read(cursor.x)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
