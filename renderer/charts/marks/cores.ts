/** Rows of cores, as Perfetto draws them: the first at the top. */
import type { CoreColumns, Trace } from "../../state/trace.js";
import { extremes, span, stretches } from "../data/thin.js";
import { samplesIn, xOfSample, type XView } from "../data/x-view.js";
import type { Mark } from "./mark.js";
import { areaPath, linePath } from "./paths.js";

const MOST = 160; // stretches of a row: there are many rows
const FILLED = 0.84; // of a row's height, at full load or the highest clock

/** MHz, over all cores and the whole run, so that small cores show as such; null: no core tells. */
export function highestClock({ samples, sampleRows }: Trace): number | null {
  const range = { from: 0, to: sampleRows.count };
  const clocks = [...samples.cores.values()].map(({ mhz }) => span(mhz, stretches(mhz, sampleRows, range)).most);
  const known = clocks.filter((clock) => !Number.isNaN(clock));
  return known.length === 0 ? null : Math.max(...known);
}

export function coreMarks(cores: readonly CoreColumns[], trace: Trace, view: XView, highest: number | null): Mark[] {
  const range = samplesIn(trace, view);
  const drawing = (column: CoreColumns["load"], row: number, full: number) => {
    const indices = extremes(stretches(column, trace.sampleRows, range, MOST));
    const bottom = cores.length - 1 - row;
    const at = (i: number) => indices[i] ?? -1;
    return {
      count: indices.length,
      bottom,
      x: (i: number) => (at(i) < 0 ? NaN : xOfSample(trace, view.mode, at(i))),
      y: (i: number) => bottom + (FILLED * column.at(at(i))) / full,
    };
  };
  const loads: Mark["path"] = ({ x, y }) =>
    cores
      .map(({ load }, row) => drawing(load, row, 1))
      .map((row) =>
        areaPath(
          row.count,
          (i) => x(row.x(i)),
          (i) => y(row.y(i)),
          () => y(row.bottom),
        ),
      )
      .join("");
  const clocks: Mark["path"] = ({ x, y }) =>
    cores
      .map(({ mhz }, row) => drawing(mhz, row, highest ?? 1))
      .map((row) =>
        linePath(
          row.count,
          (i) => x(row.x(i)),
          (i) => y(row.y(i)),
        ),
      )
      .join("");
  const floors: Mark["path"] = ({ y, width }) => cores.map((_, row) => `M0 ${y(row)}h${width}`).join("");
  return [
    { series: "load", look: "fill", colour: "var(--series-1)", path: loads },
    { series: "floor", look: "faint", colour: "var(--line-strong)", path: floors },
    { series: "clock", look: "line", colour: "var(--ink)", path: clocks },
  ];
}
