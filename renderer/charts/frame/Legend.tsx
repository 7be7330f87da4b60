/** The series of a chart: a button each that shows or hides it, and its value under the cursor, or the latest one. */
import type { Series } from "../marks/mark.js";
import { useCursor } from "../x-store.js";
import type { Hidden } from "./use-hidden.js";

interface LegendProps {
  series: readonly Series[];
  hidden: Hidden;
}

export function Legend({ series, hidden }: LegendProps) {
  const x = useCursor()?.x ?? null;
  return (
    <ul className="chart-legend">
      {series.map(({ id, label, look, colour, read, isFigure }) => (
        <li key={id}>
          {isFigure ? (
            label
          ) : (
            <button type="button" aria-pressed={!hidden.has(id)} onClick={() => hidden.toggle(id)}>
              <Key look={look} colour={colour} />
              {label}
            </button>
          )}
          <span className="chart-value">{read(x)}</span>
        </li>
      ))}
    </ul>
  );
}

export function Key({ look, colour }: Pick<Series, "look" | "colour">) {
  return (
    <svg className="chart-key" width="16" height="10" aria-hidden="true">
      <KeyPath look={look} colour={colour} />
    </svg>
  );
}

function KeyPath({ look, colour }: Pick<Series, "look" | "colour">) {
  if (look === "fill") return <rect width="16" height="10" rx="1" fill={colour} />;
  const path = look === "rug" ? "M4 10v-6M8 10v-6M12 10v-6" : "M0 5h16";
  return <path className="chart-mark" data-look={look} d={path} stroke={colour} fill="none" />;
}
