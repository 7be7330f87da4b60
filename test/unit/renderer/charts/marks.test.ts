import { describe, expect, it } from "vitest";
import { beyondOf } from "../../../../renderer/charts/marks/beyond.js";
import { coreMarks, highestClock } from "../../../../renderer/charts/marks/cores.js";
import { drawn, markOf, seriesOf, spanOf, type Line } from "../../../../renderer/charts/marks/lines.js";
import { scaleOf } from "../../../../renderer/charts/marks/mark.js";
import { areaPath, linePath, rugPath } from "../../../../renderer/charts/marks/paths.js";
import { partStack } from "../../../../renderer/charts/marks/stack.js";
import { tableOf } from "../../../../renderer/charts/marks/table.js";
import { tsvOf } from "../../../../renderer/charts/copy/tsv.js";
import type { Trace } from "../../../../renderer/state/trace.js";
import { traceOf, withSamples } from "./traces.js";

const stepLine = (trace: Trace, change: Partial<Line> = {}): Line => ({
  id: "step",
  label: "step",
  colour: "red",
  look: "line",
  trace,
  of: "tokens",
  column: trace.tokens.stepMs,
  text: (ms) => `${ms.toFixed(1)} ms`,
  ...change,
});
const tokens = (to: number) => ({ mode: "tokens", from: 0, to }) as const;

describe("paths", () => {
  const at = (values: readonly number[]) => (i: number) => values[i] ?? NaN;

  it("a line is broken where a value is missing; a value alone is a dot", () => {
    expect(linePath(4, at([0, 1, 2, 3]), at([5, 6, NaN, 8]))).toBe("M0 5h0L1 6M3 8h0");
    expect(linePath(0, at([]), at([]))).toBe("");
  });

  it("an area goes back along its bottom", () => {
    expect(areaPath(2, at([0, 1]), at([2, 3]), at([9, 9]))).toBe("M0 2L1 3L1 9L0 9Z");
    expect(areaPath(3, at([0, 1, 2]), at([2, NaN, 4]), at([9, 9, 9]))).toBe("M0 2L0 9ZM2 4L2 9Z");
  });

  it("stays where renderers are exact", () => {
    expect(linePath(1, at([-1e9]), at([1e9]))).toBe("M-32000 32000h0");
    expect(rugPath([3, 5.26], 100, 6)).toBe("M3 100v-6M5.3 100v-6");
  });
});

describe("lines", () => {
  const steps = Array.from({ length: 10_001 }, (_, i) => 2 + (i % 7) / 10);
  steps[4321] = 80;
  steps[8765] = 0.5;
  const trace = traceOf(steps);

  it("draw the extremes of ten thousand tokens in a bounded path", () => {
    const view = tokens(10_000);
    const drawing = drawn(stepLine(trace), view);
    expect(spanOf([drawing])).toEqual({ least: 0.5, most: 80 });
    const path = markOf(drawing, view).path(scaleOf(view, { from: 0, to: 80 }, 10_000, 80));
    expect(path).toContain("L4321 0L");
    expect(path).toContain("L8765 79.5L");
    expect(path.split("L").length).toBeLessThan(1000);
  });

  it("may draw something that falls where the column rises", () => {
    const speed = stepLine(trace, { value: (ms) => 1000 / ms });
    expect(spanOf([drawn(speed, tokens(10_000))])).toEqual({ least: 12.5, most: 2000 });
  });

  it("of what is hidden, or in the rug, nothing is on the axis", () => {
    const rug = drawn(stepLine(trace, { look: "rug" }), tokens(100));
    expect(spanOf([rug])).toEqual({ least: Infinity, most: -Infinity });
  });

  it("are read with their unit, under the cursor or at the end", () => {
    const { read } = seriesOf(stepLine(trace), tokens(10_000));
    expect([read(4321), read(4320.6), read(null), read(0)]).toEqual(["80.0 ms", "80.0 ms", "2.4 ms", "–"]);
  });

  it("beyond the end of an axis are marked and counted", () => {
    const view = tokens(10_000);
    const { mark, series } = beyondOf(drawn(stepLine(trace, { greatestOnly: true }), view), view, 10);
    expect(mark.path(scaleOf(view, { from: 0, to: 10 }, 10_000, 80))).toBe("M4321 0l4 8h-8z");
    expect(series.read(null)).toBe("1, up to 80.0 ms");
    expect(beyondOf(drawn(stepLine(trace), view), view, 100).series.read(null)).toBe("none");
  });
});

describe("the stack of parts", () => {
  const trace = traceOf([0, 8, 8, 8]); // a quarter attention, a half FFN, a quarter other
  const scale = scaleOf({ from: 0, to: 4 }, { from: 0, to: 8 }, 4, 8);

  it("has each part on top of the ones before it", () => {
    const { marks, means } = partStack(trace, tokens(3), () => false);
    expect(marks.map(({ series }) => series)).toEqual(["attention", "ffn", "sampling", "other"]);
    expect(marks[1]?.path(scale)).toContain("L3 2L3 6");
    expect(means.get("ffn")).toBeCloseTo(3, 6);
  });

  it("closes where a part is hidden", () => {
    const { marks } = partStack(trace, tokens(3), (part) => part === "attention");
    expect(marks[0]).toMatchObject({ series: "ffn" });
    expect(marks[0]?.path(scale)).toContain("L3 4L3 8");
  });
});

describe("cores", () => {
  it("are rows, the first at the top, with clocks of the highest there is", () => {
    const cores = (mhz: number) => [
      { id: 0, load: 0.5, mhz },
      { id: 1, load: 1, mhz: 1000 },
    ];
    const trace = withSamples(traceOf([0, 1]), [
      { t_ms: 0, cores: cores(2000) },
      { t_ms: 10, cores: cores(2000) },
    ]);
    expect(highestClock(trace)).toBe(2000);
    const columns = [...trace.samples.cores.values()];
    const view = { mode: "time", from: 0, to: 10 } as const;
    const marks = coreMarks(columns, trace, view, 2000);
    const scale = scaleOf(view, { from: 0, to: 2 }, 10, 200);
    expect(marks.find(({ series }) => series === "clock")?.path(scale)).toBe("M0 16h0L10 16M0 158h0L10 158");
  });
});

describe("data behind lines", () => {
  it("is exact, and in a form that spreadsheets take", () => {
    const trace = traceOf([0, 1.23456789, 2]);
    const table = tableOf([stepLine(trace)], tokens(2));
    expect(tsvOf(table)).toBe("token\tms\tstep\n0\t100\t\n1\t101.2346\t1.234568\n2\t103.2346\t2\n");
  });

  it("of several runs has each one's moments", () => {
    const [a, b] = [traceOf([0, 1]), traceOf([0, 2, 3])];
    const table = tableOf([stepLine(a, { label: "A" }), stepLine(b, { label: "B" })], tokens(2));
    expect(table.columns).toEqual(["token", "A, ms", "A", "B, ms", "B"]);
    expect(table.rows[2]).toEqual([2, null, null, 105, 3]);
  });

  it("names from a device are no formulas and no cells", () => {
    expect(tsvOf({ columns: ["=cmd()", "a\tb\nc"], rows: [] })).toBe("'=cmd()\ta b c\n");
  });
});
