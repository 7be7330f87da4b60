/** Several runs over the same axes: one line a run, in the colour of its engine and a look of its own among them. */
import { useMemo, useState } from "react";
import { engineColour } from "../state/engines.js";
import { bytes, text, tick } from "../state/format.js";
import { emptyTrace, type Trace } from "../state/trace.js";
import { ChartsBar } from "./ChartsBar.js";
import type { Line } from "./marks/lines.js";
import type { Look } from "./marks/mark.js";
import { binaryAxis } from "./data/binary-axis.js";
import { rowsOf } from "./data/x-view.js";
import { LinesChart } from "./run/LinesChart.js";
import { memoryLines } from "./run/MemoryChart.js";
import { hasAny } from "./run/missing.js";
import { powerLine } from "./run/PowerChart.js";
import { speedLines } from "./run/SpeedChart.js";
import { temperatureLines } from "./run/TemperatureChart.js";
import { Slot } from "./Slot.js";
import { TurnsContext, useNewTurns, type RedrawCost } from "./turns.js";
import { useReadingOf } from "./use-reading.js";
import { useRedraw } from "./use-redraw.js";
import { XStore, XStoreContext } from "./x-store.js";

export interface ComparedRun {
  id: string;
  label: string; // told apart from the other runs'
  engine: string;
  trace: Trace;
}

interface CompareChartsProps {
  runs: readonly ComparedRun[];
  /** Tokens of each run that are awaited; null: all have ended. */
  expected?: number | null;
  /** The least time between redraws; a quarter of a second beside runs on this computer. */
  redrawMs?: number;
}

export function CompareCharts({ runs, expected = null, redrawMs = 0 }: CompareChartsProps) {
  const [store] = useState(() => new XStore());
  const { turns, cost } = useNewTurns();
  const shown = useRedraw(runs, redrawMs, turns);
  return (
    <XStoreContext value={store}>
      <TurnsContext value={turns}>
        <Compared runs={shown} expected={expected} cost={cost} />
      </TurnsContext>
    </XStoreContext>
  );
}

interface Metric {
  id: string;
  title: string;
  unit: string;
  line: (trace: Trace) => Line | undefined;
  tick: (value: number) => string;
  axis?: typeof binaryAxis;
  empty: string;
}

const METRICS: readonly Metric[] = [
  {
    id: "speed",
    title: "Decode speed",
    unit: "tok/s, median of 15",
    line: (trace) => speedLines(trace, "")[1],
    tick,
    empty: "Each run's speed is drawn here as its tokens come.",
  },
  {
    id: "memory",
    title: "Memory",
    unit: "resident",
    line: (trace) => memoryLines(trace)[0],
    tick: (value) => text(bytes(value)),
    axis: binaryAxis,
    empty: "No run tells how much memory it uses.",
  },
  {
    id: "temperature",
    title: "Temperature",
    unit: "hottest zone of the CPU",
    line: (trace) => temperatureLines(trace).find(({ id }) => id === "cpu"),
    tick: (value) => `${tick(value)} °C`,
    empty: "No temperature of the CPU can be read here.",
  },
  {
    id: "power",
    title: "Power",
    unit: "W out of the battery",
    line: powerLine,
    tick: (value) => `${tick(value)} W`,
    empty: "No battery here tells its voltage and current.",
  },
];

const NO_TRACE = emptyTrace();

interface ComparedProps {
  runs: readonly ComparedRun[];
  expected: number | null;
  cost: RedrawCost | null;
}

function Compared({ runs, expected, cost }: ComparedProps) {
  const longest = runs.reduce((most, { trace }) => (trace.count > most.count ? trace : most), NO_TRACE);
  const reading = useReadingOf(longest, expected);
  const looks = useMemo(() => looksOf(runs), [runs]);
  return (
    <section className="charts" aria-label="Charts of all runs">
      <ChartsBar trace={longest} cost={cost} />
      <div className="charts-grid">
        {METRICS.map((metric) => (
          <Slot key={metric.id} shown={runs} reading={reading} wide={metric.id === "speed"}>
            {(compared) => <MetricChart metric={metric} runs={compared} looks={looks} />}
          </Slot>
        ))}
      </div>
    </section>
  );
}

function MetricChart({
  metric,
  runs,
  looks,
}: {
  metric: Metric;
  runs: readonly ComparedRun[];
  looks: readonly Look[];
}) {
  const lines = runs.flatMap((run, at) => {
    const line = metric.line(run.trace);
    const own = { id: run.id, label: run.label, colour: engineColour(run.engine), look: looks[at] ?? "line" };
    return line === undefined ? [] : [{ ...line, ...own }];
  });
  const known = lines.some(({ of, column, trace }) => hasAny([column], rowsOf(trace, of)));
  return (
    <LinesChart
      {...{ id: `compare-${metric.id}`, title: metric.title, unit: metric.unit, lines }}
      {...(metric.axis ? { axis: metric.axis } : {})}
      yText={metric.tick}
      empty={known ? null : metric.empty}
    />
  );
}

const LOOKS: readonly Look[] = ["thick", "dash", "line", "dots"];

/** The first run of an engine is drawn thick, the second one dashed, and so on. */
function looksOf(runs: readonly ComparedRun[]): Look[] {
  const before = new Map<string, number>();
  return runs.map(({ engine }) => {
    const nth = before.get(engine) ?? 0;
    before.set(engine, nth + 1);
    return LOOKS[nth % LOOKS.length] ?? "line";
  });
}
