/** What each core does: a row per core with its load as an area and its clock as a line, of the highest clock there is. */
import { memo, useCallback, useMemo } from "react";
import { digits } from "../../state/format.js";
import type { CoreColumns, Trace } from "../../state/trace.js";
import { niceTicks, type Axis } from "../data/scale.js";
import { samplesIn, sampleAt, type XView } from "../data/x-view.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import { highestClock, coreMarks } from "../marks/cores.js";
import type { DataTable, Look, Series } from "../marks/mark.js";
import { known } from "../marks/table.js";
import { useReading } from "../reading.js";
import type { ChartProps } from "./chart.js";
import { missing } from "./missing.js";

const MOST_TICKS = 8;
const MOST_DETAILS = 12; // cores in a tooltip

export const CoresChart = memo(function CoresChart({ trace, target }: ChartProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const cores = [...trace.samples.cores].sort(([a], [b]) => a - b);
  const ids = cores.map(([id]) => id).join(" ");
  const y = useMemo(() => rowAxis(cores.length), [cores.length]);
  const yText = useCallback(
    (row: number) => `core ${ids.split(" ")[cores.length - 1 - Math.floor(row)] ?? ""}`,
    [ids, cores.length],
  );
  const highest = highestClock(trace);
  const series = [
    overall("load", "load", "fill", trace, view, (core) => core.load, percent),
    overall(
      "clock",
      highest === null ? "clock" : `clock (of ${mhz(highest)})`,
      "line",
      trace,
      view,
      (core) => core.mhz,
      mhz,
    ),
  ];
  return (
    <Frame
      id="cores"
      title="Cores"
      unit="load and clock of each"
      {...{ y, yText, series, hidden }}
      details={[...series, ...cores.slice(0, MOST_DETAILS).map(([id, core]) => coreSeries(id, core, trace, view))]}
      marks={coreMarks(
        cores.map(([, core]) => core),
        trace,
        view,
        highest,
      )}
      empty={missing(trace, cores.length > 0, `${target} does not tell what its cores do.`)}
      summary={`Load and clock of ${cores.length} cores`}
      table={() => table(cores, trace, view)}
    />
  );
});

const percent = (value: number) => `${Math.round(100 * value)} %`;
const mhz = (value: number) => (value >= 1000 ? `${digits(value / 1000)} GHz` : `${Math.round(value)} MHz`);

/** The first core at the top; the tick is in the middle of its row. */
function rowAxis(count: number): Axis {
  const ticks = niceTicks(0, Math.max(count - 1, 0), Math.min(MOST_TICKS, Math.max(count - 1, 1)));
  return { from: 0, to: Math.max(count, 1), ticks: ticks.filter(Number.isInteger).map((row) => count - 0.5 - row) };
}

function overall(
  id: string,
  label: string,
  look: Look,
  trace: Trace,
  { mode }: XView,
  column: (core: CoreColumns) => CoreColumns["load"],
  text: (value: number) => string,
): Series {
  const read = (x: number | null) => {
    const sample = sampleAt(trace, mode, x) ?? -1;
    const values = [...trace.samples.cores.values()]
      .map((core) => column(core).at(sample))
      .filter((v) => !Number.isNaN(v));
    return values.length === 0 ? "–" : `${text(values.reduce((sum, value) => sum + value, 0) / values.length)} mean`;
  };
  return { id, label, look, colour: look === "fill" ? "var(--series-1)" : "var(--ink)", read };
}

function coreSeries(id: number, { load, mhz: clock }: CoreColumns, trace: Trace, { mode }: XView): Series {
  const read = (x: number | null) => {
    const sample = sampleAt(trace, mode, x) ?? -1;
    const parts = [
      Number.isNaN(load.at(sample)) ? "–" : percent(load.at(sample)),
      ...(Number.isNaN(clock.at(sample)) ? [] : [mhz(clock.at(sample))]),
    ];
    return parts.join(" · ");
  };
  return { id: `core-${id}`, label: `core ${id}`, look: "fill", colour: "var(--series-1)", read };
}

function table(cores: readonly [number, CoreColumns][], trace: Trace, view: XView): DataTable {
  const { from, to } = samplesIn(trace, view);
  const rows = Array.from({ length: to - from }, (_, i) => [
    trace.samples.number.at(from + i),
    trace.samples.atMs.at(from + i),
    ...cores.flatMap(([, { load, mhz: clock }]) => [known(load.at(from + i)), known(clock.at(from + i))]),
  ]);
  return { columns: ["sample", "ms", ...cores.flatMap(([id]) => [`core ${id} load`, `core ${id} MHz`])], rows };
}
