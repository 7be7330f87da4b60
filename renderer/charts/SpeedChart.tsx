/** Decode speed over the tokens of a run: each token's own, and the median of the latest ones. Live and replayed. */
import { memo, useMemo } from "react";
import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { digits } from "../state/format.js";
import type { SpeedTrace } from "../state/run-view.js";
import { engineColour } from "../state/engines.js";
import { axisEnd, niceTicks, niceCeiling, speedRows, type SpeedRow } from "./series.js";
import { useThrottled } from "./use-throttled.js";

const REDRAW_MS = 400; // each redraw costs some 20 ms of a core that a run on this computer wants
const MAX_ROWS = 400;
const HEADROOM = 1.05;
const X_STEPS = 8;
const Y_STEPS = 5;

export interface SpeedChartProps {
  trace: SpeedTrace;
  engine: string;
  mean: number | null; // tokens per second over the whole run so far
  expected: number | null; // tokens, while the run goes on
}

export function SpeedChart(props: SpeedChartProps) {
  const shown = useThrottled(props, REDRAW_MS);
  return <Drawing {...(shown.engine === props.engine ? shown : props)} />;
}

const Drawing = memo(function Drawing({ trace, engine, mean, expected }: SpeedChartProps) {
  const rows = useMemo(() => speedRows(trace, MAX_ROWS), [trace]);
  const most = HEADROOM * rows.reduce((fastest, row) => Math.max(fastest, row.instant), 0);
  const step = niceCeiling(most / Y_STEPS);
  const top = step * Math.ceil(most / step);
  const right = axisEnd(trace.count - 1, expected);
  // The same arrays while nothing changes, so that only the lines are drawn anew.
  const [xAxis, yAxis] = [useAxis(right, X_STEPS), useAxis(top, Y_STEPS)];
  const colour = engineColour(engine);
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart data={rows} margin={{ top: 8, right: 12, bottom: 4, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis dataKey="token" type="number" tickFormatter={tick} {...xAxis} {...AXIS} />
        <YAxis {...yAxis} width={52} tickFormatter={tick} {...AXIS} />
        <Tooltip content={Hover} isAnimationActive={false} cursor={{ stroke: "var(--ink-3)", strokeWidth: 1 }} />
        <Line dataKey="instant" stroke={colour} strokeWidth={1} strokeOpacity={0.4} {...LINE} />
        <Line dataKey="median" stroke={colour} strokeWidth={2} {...LINE} />
        {mean !== null && <ReferenceLine y={mean} stroke="var(--ink-2)" strokeDasharray="4 3" ifOverflow="hidden" />}
      </LineChart>
    </ResponsiveContainer>
  );
});

function useAxis(end: number, steps: number): { domain: [number, number]; ticks: number[] } {
  return useMemo(() => ({ domain: [0, end], ticks: niceTicks(end, steps) }), [end, steps]);
}

const AXIS = {
  stroke: "var(--line-strong)",
  tick: { fill: "var(--ink-2)", fontSize: 12 },
  tickLine: false,
} as const;

const LINE = { type: "linear", dot: false, activeDot: { r: 3 }, isAnimationActive: false } as const;

const tick = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

interface HoverProps {
  active?: boolean;
  payload?: readonly { payload?: SpeedRow }[];
}

function Hover({ active, payload }: HoverProps) {
  const row = payload?.[0]?.payload;
  if (!active || row === undefined) return null;
  return (
    <dl className="hover">
      <dt>Token</dt>
      <dd>{row.token}</dd>
      <dt>Instant</dt>
      <dd>{digits(row.instant)} tok/s</dd>
      <dt>Median of 15</dt>
      <dd>{digits(row.median)} tok/s</dd>
      <dt>Time</dt>
      <dd>{digits(1000 / row.instant)} ms</dd>
    </dl>
  );
}
