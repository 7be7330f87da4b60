import { describe, expect, it } from "vitest";
import { SPAN_KINDS as PROTOCOL_KINDS, timelineEvent } from "../../../../electron/agent/messages.js";
import {
  addTimeline,
  layerStarts,
  MOST_TIMELINES,
  SPAN_KINDS,
  spanAt,
  timelineOf,
  totals,
  type TimelineEvent,
} from "../../../../renderer/state/timelines.js";
import { layerMark, spanMarks } from "../../../../renderer/charts/timeline/marks.js";
import { scaleOf } from "../../../../renderer/charts/marks/mark.js";

const [attention, predict, , compute, stall, , read, head] = [0, 1, 2, 3, 4, 5, 6, 7];

const event = (index: number, change: Partial<TimelineEvent> = {}): TimelineEvent =>
  timelineEvent.parse({
    ...{ type: "event", run: "R", seq: 1, t_ms: 1, kind: "timeline", index, ms: 1, slow: false },
    threads: [
      [attention, 0, 0, 100, predict, 0, 100, 50, compute, 0, 150, 250, attention, 1, 400, 100, head, -1, 900, 100],
      [attention, 0, 0, 100, stall, 0, 110, 290, attention, 1, 400, 100],
    ],
    ...{ io: [read, 0, 120, 200], dropped: 0 },
    ...change,
  });

describe("timelines", () => {
  it("name spans as the protocol does", () => expect(SPAN_KINDS).toEqual(PROTOCOL_KINDS));

  it("have a row for each thread, called by its core, and one for reading", () => {
    const { rows } = timelineOf(event(5), [3, -1]);
    expect(rows.map(({ label }) => label)).toEqual(["core 3", "thread 1", "I/O"]);
    expect(rows[1]?.spans[1]).toEqual({ kind: "stall", layer: 0, from: 110, to: 400 });
    expect(rows[0]?.spans.at(-1)).toEqual({ kind: "head", layer: null, from: 900, to: 1000 });
  });

  it("know what a thread does at a moment", () => {
    const [first] = timelineOf(event(5), []).rows;
    const at = (us: number) => spanAt(first?.spans ?? [], us)?.kind ?? null;
    expect([0, 99, 100, 399, 500, 899, 900, 1000].map(at)).toEqual([
      ...["attention", "attention", "predict", "compute", null, null, "head", null],
    ]);
    expect(spanAt([], 5)).toBeNull();
  });

  it("sum what is in view: the mean of compute threads, and what was read", () => {
    const timeline = timelineOf(event(5), []);
    expect(totals(timeline, 0, Infinity)).toMatchObject({
      attention: 200,
      predict: 25,
      compute: 125,
      read: 200,
      head: 50,
    });
    expect(totals(timeline, 140, 160)).toMatchObject({ predict: 5, compute: 5, stall: 10, read: 20, attention: 0 });
    expect(layerStarts(timeline)).toEqual([
      { layer: 0, from: 0 },
      { layer: 1, from: 400 },
    ]);
  });

  it("are kept in bounded number, the slowest in any case", () => {
    let all: readonly TimelineEvent[] = [event(1, { slow: true })];
    for (let index = 2; index < 3 * MOST_TIMELINES; index++) all = addTimeline(all, event(index));
    expect(all.length).toBeLessThanOrEqual(MOST_TIMELINES);
    expect(all[0]?.index).toBe(1);
    expect(all.at(-1)?.index).toBe(3 * MOST_TIMELINES - 1);
  });

  it("are drawn by kind, the first thread above, cut to what is in view", () => {
    const timeline = timelineOf(event(5), []);
    const scale = scaleOf({ from: 0, to: 500 }, { from: 0, to: 3 }, 500, 300);
    const paths = new Map(spanMarks(timeline, 0, 500).map(({ series, path }) => [series, path(scale)]));
    expect(paths.get("predict")).toBe("M100.0 90.0V10.0H150.0V90.0Z");
    expect(paths.get("attention")?.match(/M/g)).toHaveLength(4);
    expect(paths.get("read")).toMatch(/^M120\.0 290\.0/);
    expect(paths.get("head")).toBe(""); // beyond the view
    expect(layerMark(timeline, 300, 500).path(scale)).toBe("M400.0 0V300");
  });

  it("with spans that share a pixel are drawn by as many rectangles as there are pixels", () => {
    const dense = Array.from({ length: 4000 }, (_, at) => [compute, 0, 2 * at, 1]).flat();
    const timeline = timelineOf(event(5, { threads: [dense], io: [] }), []);
    const scale = scaleOf({ from: 0, to: 8000 }, { from: 0, to: 2 }, 100, 100);
    const [path = ""] = spanMarks(timeline, 0, 8000).flatMap((m) => (m.series === "compute" ? [m.path(scale)] : []));
    expect(path.match(/M/g)?.length).toBeLessThan(300);
  });
});

describe("a timeline from an agent", () => {
  it.each([
    ["half a span", [0, 0, 5]],
    ["an unknown kind", [PROTOCOL_KINDS.length, 0, 0, 5]],
    ["spans that overlap", [0, 0, 0, 10, 1, 0, 9, 5]],
    ["a fraction", [0, 0, 0.5, 10]],
  ])("is refused with %s", (_, spans) => expect(() => event(1, { io: spans })).toThrow());
});
