import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../../electron/agent/messages.js";
import { figuresOf } from "../../../../renderer/state/figures.js";
import { addEvents, finish, newRunView, type RunView } from "../../../../renderer/state/run-view.js";
import { ended, prefill, sample, started, summaryOf, token } from "../events.js";
import { plainTrace } from "./plain-trace.js";

const FACTS = { engine: "phonon", target: "local", model: "story", prompt: "Once", tokens: 3 };
const EVENTS = [
  started(1),
  prefill(2, 4, 4, 10),
  token(3, 0, " upon", 12, 2),
  sample(4, 13, 40_000_000),
  token(5, 1, " a", 17, 5),
  token(6, 2, " time", 22, 5),
  ended(7, 3, { text_tail: "!" }),
];

const fresh = () => newRunView("R1", true, FACTS);
const plain = ({ trace, ...rest }: RunView) => ({ ...rest, trace: plainTrace(trace) });

describe("run view: a fold over events", () => {
  it("goes through the phases of a run", () => {
    const phases: string[] = [];
    let view = fresh();
    for (const event of EVENTS) {
      view = addEvents(view, [event]);
      phases.push(view.phase);
    }
    expect(phases).toEqual(["prefill", "prefill", "decode", "decode", "decode", "decode", "ended"]);
    expect(view.text).toBe(" upon a time!");
    expect(view.peakMemory).toBe(50_000_000);
  });

  it("comes to the same in one batch, one by one, and replayed", () => {
    const batch = addEvents(fresh(), EVENTS);
    const single = EVENTS.reduce((view, event) => addEvents(view, [event]), fresh());
    expect(plain(single)).toEqual(plain(batch));
  });

  it("takes nothing twice and nothing out of turn", () => {
    const once = addEvents(fresh(), EVENTS);
    expect(plain(addEvents(once, EVENTS))).toEqual(plain(once));
    expect(addEvents(fresh(), EVENTS.slice(3)).text).toBe("");
    const overlapping = addEvents(addEvents(fresh(), EVENTS.slice(0, 5)), EVENTS.slice(2));
    expect(plain(overlapping)).toEqual(plain(once));
  });

  it("leaves earlier views as they were", () => {
    const early = addEvents(fresh(), EVENTS.slice(0, 3));
    const before = plain(early);
    addEvents(early, EVENTS.slice(3));
    expect(plain(early)).toEqual(before);
  });

  it("keeps what came when the run fails", () => {
    const view = addEvents(fresh(), EVENTS.slice(0, 5));
    const failed = finish(view, { runId: "R1", summary: null, failure: { code: "agent_lost", message: "gone" } });
    expect(failed).toMatchObject({ phase: "ended", live: false, text: " upon a" });
  });

  it("says each warning once", () => {
    const warning = { type: "event", run: "R1", seq: 2, t_ms: 1, kind: "warning", code: "x", message: "hot" } as const;
    const view = addEvents(fresh(), [started(1), warning]);
    const summary = summaryOf("R1", { warnings: ["hot", "cold"] });
    expect(finish(view, { runId: "R1", summary, failure: null }).warnings).toEqual(["hot", "cold"]);
  });
});

it("run view: the parts of a token's time are known by the engine before any token has told", () => {
  const splitOf = (engine: string) => addEvents(fresh(), [started(1, { engine })]).trace.tokens.split;
  expect([fresh().trace.tokens.split, splitOf("phonon"), splitOf("llama.cpp")]).toEqual(["whole", "whole", "none"]);
});

describe("figures", () => {
  it("are measured from the first to the last token while the run goes on", () => {
    const view = addEvents(fresh(), EVENTS.slice(0, 6));
    expect(figuresOf(view)).toMatchObject({
      decodeTps: 200, // 2 tokens in 10 ms
      ttftMs: 12,
      prefillTps: 400,
      stepP50Ms: 5,
      stepP99Ms: 5,
      memoryBytes: 40_000_000,
    });
  });

  it("are the summary's in the end", () => {
    const view = finish(addEvents(fresh(), EVENTS), { runId: "R1", summary: summaryOf("R1"), failure: null });
    expect(figuresOf(view)).toMatchObject({ decodeTps: 100, prefillTps: 400, memoryBytes: 50_000_000, stepP99Ms: 12 });
  });

  it("of a streamed run are means over the tokens after the first", () => {
    const stream = { candidates: 12, active: 7, reads: 2, predict_ms: 1, cache_ms: 1, compute_ms: 1 };
    const layers = { layer_hits: [6, 3], layer_misses: [0, 1] };
    const streamed = (seq: number, index: number, misses: number): AgentEvent => {
      const event = token(seq, index, "a", 10 * seq, 10);
      const part = { ...stream, ...layers, hits: 10 - misses, misses, read_bytes: 4096 * misses, stall_ms: misses };
      return { ...event, stream: part } as AgentEvent;
    };
    const begun = started(1);
    if (begun.kind === "started") {
      begun.report.stream = {
        ...{
          resident_bytes: 1,
          cache_bytes: 1,
          cache_neurons: 1,
          neurons: 1,
          eviction: "heat",
          sparsity: 0,
          window_tokens: 0,
          flash: "aio",
        },
        ...{ direct: true, note: "", predictor_energy: 0.995, predictor_bytes: 1, predictors: [], queue_depth: 64 },
        ...{ hot_neurons: 0, hot_slots: 0, reads: "whole", io_core: -1 },
      };
    }
    const view = addEvents(fresh(), [begun, streamed(2, 0, 9), streamed(3, 1, 1), streamed(4, 2, 3)]);
    expect(figuresOf(view).streamed).toEqual({ hitRate: 0.8, misses: 2, readBytes: 8192, stallShare: 0.2 });
    const { hits, misses, split } = view.trace.tokens;
    expect([addEvents(fresh(), [begun]).trace.tokens.split, split]).toEqual(["streamed", "streamed"]);
    expect([hits.values.at(2), misses.values.at(3)]).toEqual([6, 1]);
  });

  it("are absent where there is nothing to measure", () => {
    const none = {
      decodeTps: null,
      ttftMs: null,
      prefillTps: null,
      stepP50Ms: null,
      stepP99Ms: null,
      memoryBytes: null,
      streamed: null,
    };
    expect(figuresOf(fresh())).toEqual(none);
    expect(figuresOf(addEvents(fresh(), EVENTS.slice(0, 3))).decodeTps).toBeNull();
  });
});
