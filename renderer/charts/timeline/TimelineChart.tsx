/** What each thread does while one token is computed: a Gantt chart in the frame of all charts, with an axis of its own. */
import { memo, useMemo, useState } from "react";
import { Select, type Option } from "../../components/Select.js";
import { duration, count, text } from "../../state/format.js";
import type { RunView } from "../../state/run-view.js";
import {
  SPAN_KINDS,
  layerStarts,
  spanAt,
  timelineOf,
  totals,
  type TimelineEvent,
  type TokenTimeline,
} from "../../state/timelines.js";
import type { Axis } from "../data/scale.js";
import { microseconds } from "../data/x-text.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import type { DataTable, Series } from "../marks/mark.js";
import { OwnAxis } from "../OwnAxis.js";
import { useReading } from "../reading.js";
import { layerMark, LOOKS, spanMarks } from "./marks.js";

interface TimelineChartProps {
  timelines: readonly TimelineEvent[];
  started: RunView["started"];
}

export const TimelineChart = memo(function TimelineChart({ timelines, started }: TimelineChartProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const options = useMemo(() => optionsOf(timelines), [timelines]);
  const id = options.some((option) => option.id === chosen) ? chosen : (options[0]?.id ?? null);
  const event = timelines.find(({ index }) => String(index) === id);
  const timeline = useMemo(() => event && timelineOf(event, started?.cores ?? []), [event, started]);
  const heading = useMemo(() => headingOf(timeline ?? null), [timeline]);
  return (
    <div className="timeline">
      {timeline && (
        <div className="timeline-choice">
          <Select label="Token of the timeline" hideLabel value={id} options={options} onChange={setChosen} />
          <span className="facts">{factsOf(timeline)}</span>
        </div>
      )}
      <OwnAxis key={id} mode="microseconds" to={Math.max(1, 1000 * (timeline?.ms ?? 0))} heading={heading}>
        <Gantt timeline={timeline ?? null} isStreamed={started?.report.stream !== undefined} />
      </OwnAxis>
    </div>
  );
});

/** A moment, and the layer that threads are in. */
function headingOf(timeline: TokenTimeline | null): (x: number) => string {
  const starts = timeline === null ? [] : layerStarts(timeline);
  return (x) => {
    const layer = starts.findLast(({ from }) => from <= x)?.layer;
    return layer === undefined ? microseconds(x) : `${microseconds(x)} · layer ${layer}`;
  };
}

const SLOWEST = 4;

/** The slowest first, then the others in their order. */
function optionsOf(timelines: readonly TimelineEvent[]): Option[] {
  const slowest = [...timelines].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  const others = timelines.filter((event) => !slowest.includes(event));
  const ms = (event: TimelineEvent) => text(duration(event.ms));
  return [
    ...slowest.map((event, at) => ({
      id: String(event.index),
      label: `Token ${count(event.index)} · ${ms(event)}`,
      detail: at === 0 ? "the slowest that was recorded" : "one of the slowest",
    })),
    ...others.map((event) => ({ id: String(event.index), label: `Token ${count(event.index)} · ${ms(event)}` })),
  ];
}

function factsOf(timeline: TokenTimeline): string {
  const sums = totals(timeline, 0, Infinity);
  const share = (us: number) => `${Math.round(us / timeline.ms / 10)} %`;
  const parts = [
    `${count(layerStarts(timeline).length)} layers`,
    `threads compute for ${share(sums.compute + sums.attention + sums.predict + sums.head)} of the time`,
    `wait for flash for ${share(sums.stall)}`,
    ...(timeline.dropped > 0 ? [`${count(timeline.dropped)} spans left out`] : []),
  ];
  return parts.join(" · ");
}

interface GanttProps {
  timeline: TokenTimeline | null;
  isStreamed: boolean;
}

function Gantt({ timeline, isStreamed }: GanttProps) {
  const { view } = useReading();
  const hidden = useHidden();
  const rows = timeline?.rows.length ?? 0;
  const y = useMemo<Axis>(
    () => ({ from: 0, to: Math.max(1, rows), ticks: Array.from({ length: rows }, (_, at) => rows - at - 0.5) }),
    [rows],
  );
  const yText = useMemo(
    () => (place: number) => timeline?.rows[Math.round(rows - place - 0.5)]?.label ?? "",
    [timeline, rows],
  );
  const sums = timeline && totals(timeline, view.from, view.to);
  return (
    <Frame
      id="timeline"
      title="Threads in one token"
      unit={null}
      along="by time within the token"
      y={y}
      yText={yText}
      series={timeline === null ? [] : kindsOf(timeline, view)}
      details={timeline?.rows.map((row) => detailOf(row)) ?? []}
      marks={
        timeline === null ? [] : [...spanMarks(timeline, view.from, view.to), layerMark(timeline, view.from, view.to)]
      }
      hidden={hidden}
      empty={timeline === null ? (isStreamed ? AWAITED : NOT_STREAMED) : null}
      summary={
        sums === null
          ? ""
          : `Mean of the compute threads, in view: ${SPAN_KINDS.filter((kind) => kind !== "read")
              .map((kind) => `${LOOKS[kind].label} ${microseconds(sums[kind])}`)
              .join(", ")}; reads are under way for ${microseconds(sums.read)}`
      }
      table={() => tableOf(timeline)}
    />
  );
}

const AWAITED = "What each thread did is recorded of every 32nd token, and of the slowest at the end.";
const NOT_STREAMED =
  "Recorded where neurons are streamed from flash: give a memory budget, or ask for a pack, and run a ReLU model.";

/** Of what is in view: of the compute threads on average, of the I/O thread what it read. */
function kindsOf(timeline: TokenTimeline, view: { from: number; to: number }): Series[] {
  const sums = totals(timeline, view.from, view.to);
  return SPAN_KINDS.map((kind) => ({
    id: kind,
    label: LOOKS[kind].label,
    look: "fill",
    colour: LOOKS[kind].colour,
    read: () => microseconds(sums[kind]),
  }));
}

/** A thread under the cursor. */
function detailOf({ label, spans }: TokenTimeline["rows"][number]): Series {
  return {
    id: label,
    label,
    look: "fill",
    colour: "var(--line-strong)",
    isFigure: true,
    read(x) {
      const span = x === null ? null : spanAt(spans, x);
      if (span === null) return "–";
      const layer = span.layer === null ? "" : `, layer ${span.layer}`;
      return `${LOOKS[span.kind].label}${layer}: ${microseconds(span.to - span.from)}`;
    },
  };
}

function tableOf(timeline: TokenTimeline | null): DataTable {
  const rows = (timeline?.rows ?? []).flatMap(({ spans }, thread) =>
    spans.map(({ kind, layer, from, to }) => [
      thread,
      layer,
      from,
      ...SPAN_KINDS.map((other) => (other === kind ? to - from : null)),
    ]),
  );
  return { columns: ["thread", "layer", "begin_us", ...SPAN_KINDS.map((kind) => `${kind}_us`)], rows };
}
