import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../../electron/agent/messages.js";
import { Column, countUpTo } from "../../../../renderer/state/columns.js";
import { addSample, addToken, emptyTrace, lastMsOf, meanTps } from "../../../../renderer/state/trace.js";
import { sample, token } from "../events.js";

type Sample = Extract<AgentEvent, { kind: "sample" }>;
type Token = Extract<AgentEvent, { kind: "token" }>;

const tokenEvent = (index: number, t_ms: number, ms: number, active?: number[]) =>
  ({ ...token(index + 1, index, "x", t_ms, ms), ...(active ? { active } : {}) }) as Token;
const sampleEvent = (t_ms: number, change: Partial<Sample> = {}) => ({ ...sample(1, t_ms, 100), ...change }) as Sample;

describe("columns", () => {
  it("hold what they are given, and NaN where they were given nothing", () => {
    const column = Column.double();
    for (let at = 0; at < 5000; at += 2) column.set(at, at * 1.5);
    expect([0, 2, 4998].map((at) => column.at(at))).toEqual([0, 3, 7497]);
    expect([1, 4999, 100_000, -1].map((at) => column.at(at))).toEqual([NaN, NaN, NaN, NaN]);
    column.set(3, null);
    expect(column.at(3)).toBeNaN();
  });

  it("slices reach beyond what was set", () => {
    expect([...Column.single().slice(98, 100)]).toEqual([NaN, NaN]);
  });

  it.each([
    [0, 0],
    [1, 1],
    [1.5, 1],
    [9, 4],
  ])("finds that up to %d there are %d", (value, count) => {
    const column = Column.double();
    [1, 2, 4, 8].forEach((each, at) => column.set(at, each));
    expect(countUpTo(column, 4, value)).toBe(count);
  });
});

describe("trace of tokens", () => {
  it("keeps each token's times; the first one has no step of its own", () => {
    const trace = emptyTrace();
    [tokenEvent(0, 12, 0.01), tokenEvent(1, 17, 5), tokenEvent(2, 24, 7)].forEach((event, at) =>
      addToken(trace, event, at + 1),
    );
    expect(trace).toMatchObject({ count: 3, firstMs: 12, lastMs: 24 });
    expect([0, 1, 2].map((at) => trace.tokens.stepMs.at(at))).toEqual([NaN, 5, 7]);
    expect([0, 1, 2].map((at) => trace.tokens.medianMs.at(at))).toEqual([NaN, 5, 6]);
    expect(trace.tokens.parts.ffn.at(2)).toBe(3.5);
    expect(meanTps(trace)).toBeCloseTo(166.67, 2);
  });

  it("keeps active neurons by layer, from the token on that tells", () => {
    const trace = emptyTrace();
    addToken(trace, tokenEvent(0, 1, 0), 1);
    addToken(trace, tokenEvent(1, 2, 1, [7, 8, 9]), 2);
    addToken(trace, tokenEvent(2, 3, 1, [1, 2]), 3); // not the layers of this model
    expect([...trace.tokens.active.values.slice(0, 9)]).toEqual([NaN, NaN, NaN, 7, 8, 9, NaN, NaN, NaN]);
  });

  it("averages the layers of a deep model into at most 256 rows", () => {
    const trace = emptyTrace();
    addToken(
      trace,
      tokenEvent(
        0,
        1,
        1,
        Array.from({ length: 600 }, (_, layer) => layer),
      ),
      1,
    );
    const { active } = trace.tokens;
    expect(active.rows).toBe(256);
    expect(active.layersOf(0)).toEqual([0, 2]);
    expect(active.layersOf(255)).toEqual([597, 600]);
    expect(active.values.at(0)).toBe(0.5);
    expect(active.values.at(255)).toBe(598);
  });
});

describe("trace of samples", () => {
  it("turns counters into rates, and knows nothing of a stretch in which one went back", () => {
    const trace = emptyTrace();
    const at = (t_ms: number, read_bytes: number | null) => sampleEvent(t_ms, { storage: { read_bytes } });
    [at(0, 1000), at(500, 3000), at(1000, 10), at(1500, null), at(2000, 50)].forEach((event) =>
      addSample(trace, event),
    );
    expect([0, 1, 2, 3, 4].map((i) => trace.samples.readRate.at(i))).toEqual([NaN, 4000, NaN, NaN, NaN]);
  });

  it("power is what leaves the battery", () => {
    const trace = emptyTrace();
    const battery = { volts: 4, amps: -0.5, charging: false, percent: 80, celsius: 31 };
    addSample(trace, sampleEvent(0, { battery }));
    addSample(trace, sampleEvent(1, { battery: { ...battery, amps: 1, charging: true } }));
    addSample(trace, sampleEvent(2, { battery: { ...battery, amps: null, charging: null } }));
    addSample(trace, sampleEvent(3));
    const { watts, charging, zones } = trace.samples;
    expect([0, 1, 2, 3].map((i) => watts.at(i))).toEqual([2, -4, NaN, NaN]);
    expect([0, 1, 2, 3].map((i) => charging.at(i))).toEqual([0, 1, NaN, NaN]);
    expect(zones.get("battery")?.at(0)).toBe(31);
  });

  it("keeps cores and zones that come and go", () => {
    const trace = emptyTrace();
    addSample(trace, sampleEvent(0, { cores: [{ id: 4, load: 0.5, mhz: null }] }));
    addSample(trace, sampleEvent(200, { temps: [{ zone: "cpu", celsius: 50 }] }));
    expect(trace.samples.cores.get(4)?.load.at(0)).toBe(0.5);
    expect(trace.samples.cores.get(4)?.load.at(1)).toBeNaN();
    expect(trace.samples.zones.get("cpu")?.at(0)).toBeNaN();
    expect(lastMsOf(trace)).toBe(200);
  });
});
