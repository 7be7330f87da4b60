/** A chart of lines over tokens or samples. */
import { NONE } from "../../state/format.js";
import { valueAxis, type Axis } from "../data/scale.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import { drawn, markOf, seriesOf, spanOf, type Drawn, type Line } from "../marks/lines.js";
import type { Mark, Series } from "../marks/mark.js";
import { tableOf } from "../marks/table.js";
import { useReading } from "../reading.js";

export interface LinesChartProps {
  id: string;
  title: string;
  unit: string;
  lines: readonly Line[];
  yText: (value: number) => string;
  empty: string | null;
  steps?: number; // of the y axis
  /** Drawn below the lines, or above them, and what else the legend names. */
  below?: readonly Mark[];
  above?: readonly Mark[];
  extra?: readonly Series[];
  axis?: (least: number, most: number) => Axis;
}

const STEPS = 3;

export function LinesChart({ id, title, unit, lines, yText, empty, ...props }: LinesChartProps) {
  const { below = [], above = [], extra = [], steps = STEPS, axis } = props;
  const { view } = useReading();
  const hidden = useHidden();
  const drawings = empty === null ? lines.map((line) => drawn(line, view)) : [];
  const { least, most } = spanOf(drawings.filter(({ line }) => !hidden.has(line.id)));
  return (
    <Frame
      {...{ id, title, unit, yText, empty, hidden }}
      y={axis === undefined ? valueAxis(least, most, steps) : axis(least, most)}
      series={[...lines.map((line) => seriesOf(line, view)), ...extra]}
      marks={[...below, ...drawings.map((drawing) => markOf(drawing, view)), ...above]}
      summary={drawings.map(inWords).join("; ")}
      table={() => tableOf(lines, view)}
    />
  );
}

function inWords({ line, least, most }: Drawn): string {
  if (Number.isNaN(least)) return `${line.label}: ${NONE}`;
  return `${line.label}: ${line.text(least)} to ${line.text(most)}`;
}
