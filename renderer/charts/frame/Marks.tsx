/** What is drawn in the frame: paths that Recharts never looks at. */
import { createContext, useContext } from "react";
import type { Label, Mark, Scale } from "../marks/mark.js";
import { MARGIN } from "./layout.js";

export interface Drawing {
  marks: readonly Mark[];
  labels: readonly Label[];
  scale: Scale;
}

const ABOVE = 5; // pixels

export const DrawingContext = createContext<Drawing | null>(null);

export function Marks() {
  const drawing = useContext(DrawingContext);
  if (drawing === null) return null;
  const { marks, labels, scale } = drawing;
  const { width, height } = scale;
  return (
    <svg className="chart-marks" x={MARGIN.left} y={MARGIN.top} width={width} height={height} overflow="hidden">
      {marks.map((mark, at) => (
        <MarkPath key={`${mark.series} ${at}`} mark={mark} scale={scale} />
      ))}
      {labels.map(({ x, y, text }) => (
        <text key={x} className="chart-label" x={scale.x(x)} y={scale.y(y) - ABOVE} textAnchor="middle">
          {text}
        </text>
      ))}
    </svg>
  );
}

function MarkPath({ mark, scale }: { mark: Mark; scale: Scale }) {
  const { look, series, colour } = mark;
  const paint = look === "fill" ? { fill: colour } : { stroke: colour, fill: "none" };
  return <path className="chart-mark" data-look={look} data-series={series} d={mark.path(scale)} {...paint} />;
}
