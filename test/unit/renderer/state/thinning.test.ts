/** A run of any length takes no more than so much memory, and what is drawn of it loses no extreme. */
import { describe, expect, it } from "vitest";
import { hasAny } from "../../../../renderer/charts/run/missing.js";
import { thinnedInWords } from "../../../../renderer/charts/data/x-text.js";
import { tokensOfRow, rowOfToken } from "../../../../renderer/charts/data/x-view.js";
import { drawn, seriesOf, type Line } from "../../../../renderer/charts/marks/lines.js";
import { heatPlaces } from "../../../../renderer/charts/marks/heat.js";
import { partStack } from "../../../../renderer/charts/marks/stack.js";
import { tableOf } from "../../../../renderer/charts/marks/table.js";
import { Column } from "../../../../renderer/state/columns.js";
import { addEvents, newRunView } from "../../../../renderer/state/run-view.js";
import { extremesOf, NO_ROWS, ONE_OF_TWO, thinnedRows } from "../../../../renderer/state/thinning.js";
import { MOST_SAMPLE_ROWS, MOST_TOKEN_ROWS, type Trace } from "../../../../renderer/state/trace.js";
import { randomFrom } from "../charts/random.js";
import { traceOf, withSamples } from "../charts/traces.js";
import { token } from "../events.js";
import { plainTrace } from "./plain-trace.js";

const TOKENS = 300_000;
const random = randomFrom(3);
const steps = Array.from({ length: TOKENS }, () => 10 + random());
const SLOW = 1234; // of the oldest, which are thinned most often
const FAST = 200_001;
steps[SLOW] = 500;
steps[FAST] = 0.25;
const active = (at: number) => [at === SLOW ? 999 : at % 100, 7];
const trace = traceOf(steps, active);
const whole = { mode: "tokens", from: 0, to: TOKENS } as const;
const line = (of: Trace): Line => ({
  ...{ id: "step", label: "step", colour: "red", look: "line", trace: of, of: "tokens" },
  ...{ column: of.tokens.stepMs, text: (ms) => `${ms.toFixed(2)} ms` },
});

describe("rows", () => {
  it.each([64, 1024])("are never more than %d, however many come, and the latest eighth is exact", (most) => {
    let rows = NO_ROWS;
    for (let come = 0; come < 3000 * most; come++) {
      if (rows.count === most) {
        const { rows: left, cuts } = thinnedRows(rows, most);
        for (const { from, to, count } of cuts)
          expect([(to - from) % 4, to <= count, from < to]).toEqual([0, true, true]);
        expect(left.count).toBeLessThan(most);
        expect(left.count - left.thinned).toBeGreaterThanOrEqual(most / 8);
        rows = left;
      }
      rows = { ...rows, count: rows.count + 1 };
    }
  });
});

describe("what two rows keep of four", () => {
  it("are the extremes in their order", () => {
    expect(extremesOf(2, 9, 1, 5)).toEqual([9, 1]);
    expect(extremesOf(1, 2, 3, 1)).toEqual([1, 3]);
    expect(extremesOf(NaN, 4, NaN, 2)).toEqual([4, 2]);
    expect(extremesOf(NaN, NaN, NaN, 3)).toEqual([3, 3]);
    expect(extremesOf(NaN, NaN, NaN, NaN)).toEqual([NaN, NaN]);
  });

  it("are means, greatest or first ones of what is known", () => {
    expect(ONE_OF_TWO.mean(1, 3)).toBe(2);
    expect([ONE_OF_TWO.mean(NaN, 5), ONE_OF_TWO.mean(5, NaN)]).toEqual([5, 5]);
    expect([ONE_OF_TWO.greatest(1, 3), ONE_OF_TWO.greatest(5, NaN)]).toEqual([3, 5]);
    expect(ONE_OF_TWO.first(1, 2)).toBe(1);
  });

  it("are put in another column, lane by lane, with room after them", () => {
    const column = Column.single("greatest");
    [1, 10, 2, 20, 3, 30, 4, 40, 5, 50].forEach((value, at) => column.set(at, value));
    const after = column.thinned([{ from: 0, to: 4, count: 5 }], 2);
    expect([...after.slice(0, 8)]).toEqual([2, 20, 4, 40, 5, 50, NaN, NaN]);
    expect(column.at(2)).toBe(2);
  });
});

describe("a long run", () => {
  it("has few rows and all of its figures", () => {
    expect(trace.tokenRows.count).toBeLessThanOrEqual(MOST_TOKEN_ROWS);
    expect(trace).toMatchObject({ count: TOKENS, firstMs: 100 });
    expect(trace.tokenRows.stride).toBeGreaterThan(4);
    const sorted = trace.tokens.steps.sorted();
    expect(sorted.length).toBeLessThanOrEqual(16_384);
    expect(sorted[sorted.length >> 1]).toBeCloseTo(10.5, 1);
  });

  it("keeps its extremes, and where they were", () => {
    expect(drawn(line(trace), whole)).toMatchObject({ least: 0.25, most: 500 });
    for (const at of [SLOW, FAST]) {
      const [first, last] = tokensOfRow(trace, rowOfToken(trace, at));
      expect([first <= at, at <= last, last - first < 4 * trace.tokenRows.stride]).toEqual([true, true, true]);
      expect(seriesOf(line(trace), whole).read(at)).toMatch(at === SLOW ? / to 500.00 ms$/ : /^0.25 ms to /);
    }
    const { values } = heatPlaces(trace.tokens.active, trace.tokenRows.count, { from: 0, to: trace.tokenRows.count });
    expect(Math.max(...values)).toBe(999);
  });

  it("keeps what its parts took on average, and the latest tokens exactly", () => {
    const mean = steps.reduce((sum, step) => sum + step, 0) / TOKENS;
    expect(partStack(trace, whole, () => false).means.get("ffn")! / (mean / 2)).toBeCloseTo(1, 3);
    const { rows } = tableOf([line(trace)], { ...whole, from: TOKENS - 3 });
    expect(rows.slice(-2).map(([number, , step]) => [number, step])).toEqual(
      [TOKENS - 2, TOKENS - 1].map((at) => [at, Number(steps[at]!.toPrecision(7))]),
    );
  });

  it("says that it is thinned; another one does not", () => {
    expect(thinnedInWords(trace)).toMatch(/^Thinned to their extremes: tokens before \d{3},\d{3}\. An export/);
    expect(thinnedInWords(traceOf([0, 1, 2]))).toBeNull();
  });

  it("leaves earlier views as they were", () => {
    const early = newRunView("R1", true, null);
    const events = Array.from({ length: MOST_TOKEN_ROWS + 10 }, (_, at) => token(at + 1, at, "x", at, 1));
    const before = addEvents(early, events.slice(0, MOST_TOKEN_ROWS - 5));
    const was = plainTrace(before.trace);
    expect(addEvents(before, events).trace.tokenRows.thinned).toBeGreaterThan(0);
    expect(plainTrace(before.trace)).toEqual(was);
  });

  it("thins its samples too", () => {
    const cpu = (at: number) => (at === 77 ? 99 : 40 + (at % 5));
    const of = withSamples(
      traceOf([0]),
      Array.from({ length: 60_000 }, (_, at) => ({
        t_ms: at * 200,
        temps: [{ zone: "cpu", celsius: cpu(at) }],
        storage: { read_bytes: at * 1000 },
        cores: [{ id: 0, load: 0.5, mhz: null }],
      })),
    );
    const { samples, sampleRows } = of;
    expect([of.sampleCount, sampleRows.count < MOST_SAMPLE_ROWS]).toEqual([60_000, true]);
    const hottest = [...samples.zones.get("cpu")!.slice(0, sampleRows.count)];
    expect([Math.min(...hottest), Math.max(...hottest)]).toEqual([40, 99]);
    const rates = [...samples.readRate.slice(1, sampleRows.count)];
    expect([Math.min(...rates), Math.max(...rates)]).toEqual([5000, 5000]);
    expect(hasAny([samples.cores.get(0)!.mhz], sampleRows)).toBe(false);
  });

  it("keeps the end of a text that is very long, and how much came before it", () => {
    const piece = `${"a".repeat(999)}\n`;
    let view = newRunView("R1", true, null);
    for (let at = 0; at < 1000; at++) view = addEvents(view, [token(at + 1, at, piece, at, 1)]);
    expect(view.text.length).toBeLessThanOrEqual(262_144);
    expect(view.textStart + view.text.length).toBe(1_000_000);
    expect(view.trace.tokens.textEnd.at(999)).toBe(1_000_000);
  });
});
