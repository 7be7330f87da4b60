/**
 * All charts of one run, live or replayed. Beside a run on this computer they are redrawn at most four times a second,
 * because each redraw takes from the processor that is measured; otherwise as often as the display shows.
 */
import { memo, useEffect, useMemo, useState } from "react";
import { newRunView, type RunView } from "../state/run-view.js";
import { ChartsBar } from "./ChartsBar.js";
import { PinnedToken } from "./PinnedToken.js";
import type { ChartProps } from "./run/chart.js";
import { ActiveChart } from "./run/ActiveChart.js";
import { CoresChart } from "./run/CoresChart.js";
import { DepthChart, ReadsChart } from "./run/FlashCharts.js";
import { NeuronsChart } from "./heat/NeuronsChart.js";
import { MemoryChart } from "./run/MemoryChart.js";
import { MissesChart } from "./run/MissesChart.js";
import { PartsChart } from "./run/PartsChart.js";
import { PowerChart } from "./run/PowerChart.js";
import { SpeedChart } from "./run/SpeedChart.js";
import { StorageChart } from "./run/StorageChart.js";
import { TemperatureChart } from "./run/TemperatureChart.js";
import { TimelineChart } from "./timeline/TimelineChart.js";
import { Slot } from "./Slot.js";
import { TurnsContext, useNewTurns, type RedrawCost } from "./turns.js";
import { useReadingOf } from "./use-reading.js";
import { useRedraw } from "./use-redraw.js";
import { XStore, XStoreContext } from "./x-store.js";

const BESIDE_A_RUN_MS = 250;

const WIDE = [SpeedChart, PartsChart, ActiveChart, CoresChart];
const FLASH = [ReadsChart, DepthChart];
const HALF = [MemoryChart, StorageChart, TemperatureChart, PowerChart];

const NO_RUN = newRunView("", false, null);

export interface RunChartsProps {
  run: RunView | null; // null: frames that say what will be drawn in them
}

export const RunCharts = memo(function RunCharts({ run: given }: RunChartsProps) {
  const run = given ?? NO_RUN;
  const [store] = useState(() => new XStore());
  const besideRun = run.live && run.phase !== "ended" && (run.facts?.target ?? "local") === "local";
  const { turns, cost } = useNewTurns();
  const shown = useRedraw(run, besideRun ? BESIDE_A_RUN_MS : 0, turns);
  const isOther = shown.runId !== run.runId;
  useEffect(() => store.set({ zoom: null, cursor: null, pinned: null }), [store, run.runId]);
  return (
    <XStoreContext value={store}>
      <TurnsContext value={turns}>
        <Charts run={isOther ? run : shown} cost={run.phase === "ended" ? null : cost} />
      </TurnsContext>
    </XStoreContext>
  );
});

function Charts({ run, cost }: { run: RunView; cost: RedrawCost | null }) {
  const { trace, facts, started } = run;
  const ended = run.phase === "ended";
  const expected = ended ? null : (facts?.tokens ?? Infinity);
  const reading = useReadingOf(trace, expected);
  const model = started?.report.model;
  const given: ChartProps = {
    trace,
    engine: facts?.engine ?? started?.engine ?? "",
    neurons: model === undefined || model.experts > 1 ? null : model.ffn,
    target: facts?.target === "local" ? "this computer" : "this phone",
  };
  const { timelines, heat } = run;
  const isStreamed = started?.report.stream !== undefined;
  const neurons = useMemo(() => ({ heat, ended }), [heat, ended]);
  const threads = useMemo(() => ({ timelines, started }), [timelines, started]);
  const shown = useMemo(() => given, [given.trace, given.engine, given.neurons, given.target]);
  return (
    <section className="charts" aria-label="Charts">
      <ChartsBar trace={trace} cost={cost} />
      <PinnedToken run={run} />
      <div className="charts-grid">
        {WIDE.map((Chart, at) => (
          <Slot key={at} shown={shown} reading={reading} wide>
            {(props) => <Chart {...props} />}
          </Slot>
        ))}
        {isStreamed && (
          <Slot shown={shown} reading={reading} wide>
            {(props) => <MissesChart {...props} />}
          </Slot>
        )}
        {isStreamed &&
          FLASH.map((Chart, at) => (
            <Slot key={at} shown={shown} reading={reading}>
              {(props) => <Chart {...props} />}
            </Slot>
          ))}
        <Slot shown={threads} reading={reading} wide>
          {(props) => <TimelineChart {...props} />}
        </Slot>
        {(isStreamed || heat !== null) && (
          <Slot shown={neurons} reading={reading} wide>
            {(props) => <NeuronsChart {...props} />}
          </Slot>
        )}
        {HALF.map((Chart, at) => (
          <Slot key={at} shown={shown} reading={reading}>
            {(props) => <Chart {...props} />}
          </Slot>
        ))}
      </div>
    </section>
  );
}
