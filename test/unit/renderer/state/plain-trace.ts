/** What a trace says, as plain data that can be compared: of every column the part that is the trace's own. */
import { Column } from "../../../../renderer/state/columns.js";
import type { Trace } from "../../../../renderer/state/trace.js";

export function plainTrace({ tokens, samples, ...counts }: Trace) {
  const { active } = tokens;
  const [rows, sampleRows] = [counts.tokenRows.count, counts.sampleRows.count];
  return {
    ...counts,
    rows: active.rows,
    tokens: plain(
      Object.entries(tokens).filter(([name]) => !["active", "steps", "window"].includes(name)),
      rows,
    ),
    active: [...active.values.slice(0, rows * active.rows)],
    samples: plain(Object.entries(samples), sampleRows),
  };
}

function plain(value: unknown, count: number): unknown {
  if (value instanceof Column) return [...value.slice(0, count)];
  if (value instanceof Map) return plain([...(value as Map<unknown, unknown>)], count);
  if (Array.isArray(value)) return value.map((inner) => plain(inner, count));
  if (typeof value === "object" && value !== null) return plain(Object.entries(value), count);
  return value;
}
