import { describe, expect, it } from "vitest";
import { INITIAL_SETUP } from "../../../../renderer/state/setup.js";
import { initialState, isRunning, reduce, type Action, type State } from "../../../../renderer/state/state.js";
import { ended, started, summaryOf, token } from "../events.js";

const after = (...actions: Action[]): State => actions.reduce(reduce, initialState(INITIAL_SETUP));
const FACTS = { engine: "phonon", target: "local", model: "story", prompt: "Once", tokens: 2 };
const opened: Action = { type: "run.opened", runId: "R1", live: true, facts: FACTS };
const finished: Action = { type: "run.finished", outcome: { runId: "R1", summary: summaryOf("R1"), failure: null } };

describe("state", () => {
  it("a run can be cancelled from when it is asked for until it has ended", () => {
    expect(isRunning(after())).toBe(false);
    expect(isRunning(after({ type: "run.asked" }))).toBe(true);
    expect(isRunning(after({ type: "run.asked" }, opened))).toBe(true);
    expect(isRunning(after(opened, { type: "run.events", runId: "R1", events: [started(1), ended(2, 0)] }))).toBe(
      false,
    );
    expect(isRunning(after(opened, finished))).toBe(false);
  });

  it("a run that was refused is not running, and why is kept until the next", () => {
    const failure = { code: "busy", message: "A run is going on." };
    const refused = after({ type: "run.asked" }, { type: "failed", failure });
    expect([isRunning(refused), refused.failure]).toEqual([false, failure]);
    expect(reduce(refused, { type: "run.asked" }).failure).toBeNull();
  });

  it("what concerns another run is passed over", () => {
    const state = after(opened);
    const others: Action[] = [
      { type: "run.events", runId: "R0", events: [started(1)] },
      { type: "run.attached", runId: "R0", live: false, facts: FACTS },
      { type: "run.finished", outcome: { runId: "R0", summary: null, failure: null } },
      {
        type: "run.progress",
        progress: { runId: "R0", phase: "pushing", done: 1, total: 2, bytesPerSecond: null, etaSeconds: null },
      },
    ];
    for (const other of others) expect(reduce(state, other).run).toBe(state.run);
  });

  it("progress that comes after the first event does not turn back", () => {
    const state = after(opened, { type: "run.events", runId: "R1", events: [started(1), token(2, 0, "a", 5, 5)] });
    const progress = { runId: "R1", phase: "hashing", done: 1, total: 2, bytesPerSecond: null, etaSeconds: null };
    expect(reduce(state, { type: "run.progress", progress }).run?.phase).toBe("decode");
  });

  it("what was foreseen of a run is kept with it, whenever it comes", () => {
    const prediction = { ...{ decode_tps: 9, prefill_tps: 9, ttft_ms: 9, hit_rate: 1 }, peak_bytes: 9, assumed: true };
    const state = after(opened, { type: "run.events", runId: "R1", events: [started(1)] });
    const of = (runId: string) => reduce(state, { type: "run.foreseen", runId, foreseen: prediction }).run;
    expect([of("R1")?.foreseen, of("R1")?.lastSeq]).toEqual([prediction, 1]);
    expect(of("R0")).toBe(state.run);
  });

  it("an attachment that is answered after the end does not make the run live again", () => {
    expect(after(opened, finished, { type: "run.attached", runId: "R1", live: true, facts: FACTS }).run?.live).toBe(
      false,
    );
  });

  it("a model that is added is chosen, and listed once", () => {
    const model = {
      path: "/m/a.gguf",
      name: "a",
      builtIn: false,
      fileBytes: 1,
      architecture: "llama",
      quantisation: "Q4_0",
      parameters: 1,
      contextLength: 1,
      layers: 1,
      experts: 1,
      expertsUsed: 1,
      kvBytesPerToken: 1,
      leastStreamedBytes: null,
    };
    const state = after({ type: "model.added", model }, { type: "model.added", model });
    expect([state.models, state.setup.model]).toEqual([[model], "/m/a.gguf"]);
  });
});
