import { describe, expect, it } from "vitest";
import type { AgentEvent, ComparedRound } from "../../../../electron/ipc/contract.js";
import { agentEvent } from "../../../../electron/agent/messages.js";
import { partStack } from "../../../../renderer/charts/marks/stack.js";
import { partColour } from "../../../../renderer/charts/marks/part-colours.js";
import { bytesLine, depthLine, missSeries, readsLine } from "../../../../renderer/charts/marks/flash.js";
import { partLines, unitOf } from "../../../../renderer/charts/marks/parts.js";
import { LOOKS } from "../../../../renderer/charts/timeline/marks.js";
import { seriesOf } from "../../../../renderer/charts/marks/lines.js";
import { comparedParts, partNamesIn } from "../../../../renderer/state/compared-parts.js";
import { partLabel, timesOf } from "../../../../renderer/state/parts.js";
import { addToken, emptyTrace, type Trace } from "../../../../renderer/state/trace.js";
import { streamedToken, token } from "../events.js";

type Token = Extract<AgentEvent, { kind: "token" }>;

const traceOf = (...events: AgentEvent[]): Trace => {
  const trace = emptyTrace();
  events.forEach((event, at) => addToken(trace, event as Token, at + 1));
  return trace;
};
const view = (to: number) => ({ mode: "tokens", from: 0, to }) as const;
const first = token(1, 0, "a", 10, 0);
const streamed = traceOf(first, streamedToken(2, 1, 20), streamedToken(3, 2, 30));
const resident = traceOf(first, token(2, 1, "b", 20, 10));
const untold = (seq: number, index: number): AgentEvent => ({
  ...(token(seq, index, "b", 10 * seq, 10) as Token),
  parts: { attention: 0, ffn: 0, sampling: 1, other: 9 },
});
const llama = traceOf(first, untold(2, 1), untold(3, 2));

describe("the parts of a token's time", () => {
  it("of a streamed model add up to the token, with what its FFNs were spent on", () => {
    const { parts, stream, ms } = streamedToken(2, 1, 20) as Token;
    const times = timesOf(parts, stream);
    expect(times).toMatchObject({ attention: 2, predict: 1, cache: 0.5, ffn: 3, stall: 2, sampling: 0.5, other: 1 });
    expect(times.idle).toBeCloseTo(0.5);
    expect(Object.values(times).reduce((sum, value) => sum + value, 0)).toBeCloseTo(parts.attention + parts.ffn + 1.5);
    expect(ms).toBeCloseTo(10.5);
    expect(timesOf({ ...parts, ffn: 6 }, stream).idle).toBe(0); // no clock is that exact
  });

  it("lie on each other up to the whole token, the first one's too", () => {
    const { marks, means } = partStack(streamed, view(2), () => false);
    const names = ["attention", "ffn", "stall", "cache", "predict", "idle", "sampling", "other"];
    expect(marks.map(({ series }) => series)).toEqual(names);
    expect(marks.map(({ colour }) => colour)).toEqual(names.map((name) => partColour(name as "ffn")));
    const scale = { width: 2, height: 100, x: (value: number) => value, y: (value: number) => 100 - 2 * value };
    expect(marks.at(-1)!.path(scale)).toMatch(/^M0 100L1 79L2 79L/); // 10.5 ms, in one piece
    expect([...means.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo((2 / 3) * 10.5);
  });

  it.each([
    ["streamed", streamed, "ffn stall cache predict idle"],
    ["in memory", resident, "ffn"],
    ["of an engine that does not tell", llama, ""],
  ])("are those that the run has: %s", (_what, trace, ffn) => {
    const all = [...(ffn === "" ? [] : ["attention", ...ffn.split(" ")]), "sampling", "other"];
    expect(partLines(trace).map(({ id }) => id)).toEqual(all);
    expect([...partStack(trace, view(2), () => false).means.keys()]).toEqual(all);
  });

  it("say what they are where an engine does not tell them apart", () => {
    expect(partLines(llama).map(({ label }) => label)).toEqual(["sampling", "evaluation (parts not reported)"]);
    expect(unitOf(llama, "llama.cpp")).toBe("ms; llama.cpp does not report its parts");
    expect(unitOf(resident, "phonon")).toBe("ms");
    expect(unitOf(streamed, "phonon")).toContain("means over the threads");
    expect(partLabel("ffn", "whole")).toBe("FFN");
  });

  it("have the colours and the names that spans of threads have", () => {
    const spans = {
      attention: "attention",
      predict: "predict",
      admit: "cache",
      compute: "ffn",
      stall: "stall",
    } as const;
    for (const [kind, part] of Object.entries(spans)) {
      const { colour, label } = LOOKS[kind as keyof typeof spans];
      expect([colour, label]).toEqual([partColour(part), partLabel(part, "streamed")]);
    }
    expect(LOOKS.idle.colour).toBe(partColour("idle"));
  });
});

describe("what cache and flash did for a token", () => {
  const said = (trace: Trace, x: number | null) =>
    Object.fromEntries(missSeries(trace, view(2)).map(({ label, read }) => [label, read(x)]));

  it("is told by region, with units", () => {
    expect(said(streamed, 1)).toEqual({
      ...{ "missed, all layers": "4 neurons", "found, hot region": "30 neurons" },
      ...{ "cold region": "66 neurons", both: "96 neurons" },
      "hit rate": "96.0 %",
    });
    const [bytes, reads, depth] = [bytesLine, readsLine, depthLine].map((line) => seriesOf(line(streamed), view(2)));
    expect([bytes!.read(1), reads!.read(1), depth!.read(1)]).toEqual(["16.0 KiB", "4", "7.50 reads"]);
    expect(depth!.read(0)).toBe("–");
  });

  it("of a run of an earlier version is what that told", () => {
    const later = ["layer_hits", "layer_misses", "layer_hot_hits", "hot_hits", "queue_depth"];
    const event = streamedToken(2, 1, 20) as Token;
    const stream = Object.fromEntries(Object.entries(event.stream!).filter(([name]) => !later.includes(name)));
    const old = { ...event, stream };
    const trace = traceOf(first, agentEvent.parse(old));
    expect(Object.values(said(trace, null))).toEqual(["–", "–", "–", "–", "–"]);
    expect(seriesOf(readsLine(trace), view(2)).read(null)).toBe("4");
    expect(partLines(trace)).toHaveLength(8);
  });

  it("has no queue where nothing was read", () => {
    const event = streamedToken(2, 1, 20) as Token;
    const trace = traceOf(first, { ...event, stream: { ...event.stream!, reads: 0, read_bytes: 0, queue_depth: 0 } });
    expect(seriesOf(depthLine(trace), view(2)).read(1)).toBe("–");
    expect(seriesOf(bytesLine(trace), view(2)).read(1)).toBe("0 B");
  });
});

describe("engines side by side", () => {
  const round = (engine: string, ffn: number, isStreamed: boolean): ComparedRound => ({
    ...{ round: 0, engine, runId: `${engine} ${ffn}`, decodeTps: 1, prefillTps: 1, ttftMs: 1, peakBytes: 1 },
    parts: {
      ...{ attention: 2, ffn, sampling: 0.5, other: 0.5 },
      ...(isStreamed && { streamed: { predict_ms: 1, cache_ms: 1, compute_ms: 2, stall_ms: 1 } }),
    },
  });
  const untoldRound = (): ComparedRound => ({
    ...round("llama.cpp", 0, false),
    parts: { attention: 0, ffn: 0, sampling: 1, other: 19 },
  });

  it("have the medians of their rounds, each part under its name", () => {
    const done = [round("phonon", 6, true), round("phonon", 10, true), round("phonon", 7, true), untoldRound()];
    const all = comparedParts(["phonon", "llama.cpp"], done);
    expect(all.map(({ engine, wholeMs }) => [engine, wholeMs])).toEqual([
      ["phonon", 10],
      ["llama.cpp", 20],
    ]);
    expect(all[0]!.parts.find(({ part }) => part === "idle")?.ms).toBe(2);
    expect(partNamesIn(all).map(({ label }) => label)).toEqual([
      ...["attention", "compute", "wait for flash", "cache", "predict", "FFN, rest", "sampling", "other"],
      "evaluation (parts not reported)",
    ]);
  });

  it("are left out while no round of theirs tells", () => {
    const silent = { ...round("llama.cpp", 1, false), parts: null };
    expect(comparedParts(["phonon", "llama.cpp"], [round("phonon", 6, false), silent])).toHaveLength(1);
    expect(comparedParts(["phonon", "llama.cpp"], [])).toEqual([]);
  });
});
