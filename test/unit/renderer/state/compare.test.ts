import { describe, expect, it } from "vitest";
import type { ComparisonState, Pair } from "../../../../electron/ipc/contract.js";
import {
  madeWith,
  reduceComparisons,
  slotsIn,
  speedsOf,
  stepInWords,
  times,
  verdictInWords,
  wholeRounds,
} from "../../../../renderer/state/compare.js";

const state = (change: Partial<ComparisonState> = {}): ComparisonState => ({
  ...{ id: "C1", engines: ["phonon", "llama.cpp"], rounds: 2, target: "local", model: "story", prompt: "x" },
  ...{
    tokens: 16,
    threads: null,
    memory: null,
    isCold: false,
    startedAt: "2026-11-20T12:00:00Z",
    status: "running",
    step: null,
    progress: null,
  },
  ...{ etaSeconds: null, done: [], result: null, failure: null, ...change },
});

const done = (round: number, engine: string, decodeTps: number | null) => ({
  ...{ round, engine, runId: `${engine}-${round}`, decodeTps, prefillTps: null, ttftMs: null, peakBytes: null },
  parts: null,
});

describe("comparisons", () => {
  it("follow what the control side tells, each round once", () => {
    const round = { type: "round", round: { id: "C1", done: done(0, "phonon", 10) } } as const;
    let all = reduceComparisons(null, { type: "list", list: [state(), state({ id: "C0", status: "done" })] });
    all = reduceComparisons(all, round);
    all = reduceComparisons(all, round); // told again after a lost connection
    const step = { what: "measuring", engine: "llama.cpp", round: 0 } as const;
    all = reduceComparisons(all, { type: "progress", progress: { id: "C1", step, progress: null, etaSeconds: 4 } });
    expect(all![0]).toMatchObject({ done: [{ runId: "phonon-0" }], step, etaSeconds: 4 });
    expect(all![1]).toEqual(state({ id: "C0", status: "done" }));
    const end = { status: "failed", result: null, failure: { code: "x", message: "y" } } as const;
    all = reduceComparisons(all, { type: "finished", finished: { id: "C1", end } });
    expect(all![0]).toMatchObject({ status: "failed", step: null, etaSeconds: null, done: [{ runId: "phonon-0" }] });
    const late = { id: "C1", step, progress: null, etaSeconds: 1 };
    expect(reduceComparisons(all, { type: "progress", progress: late })![0]).toMatchObject({ step: null });
  });

  it("that are not known are passed over", () => {
    expect(reduceComparisons(null, { type: "round", round: { id: "C9", done: done(0, "phonon", 1) } })).toBeNull();
  });

  it("show every run in its place: A B B A", () => {
    const slots = slotsIn(state({ done: [done(0, "phonon", 1), done(0, "llama.cpp", 1)] }));
    expect(slots.map(({ engine, round, state: at }) => `${engine} ${round} ${at}`)).toEqual([
      "phonon 0 done",
      "llama.cpp 0 done",
      "llama.cpp 1 now",
      "phonon 1 to come",
    ]);
    expect(slotsIn(state({ status: "cancelled" })).every((slot) => slot.state === "to come")).toBe(true);
  });

  it("have rounds that are whole, and one that is not yet", () => {
    const runs = [done(0, "phonon", 1), done(0, "llama.cpp", 1), done(1, "llama.cpp", 1)];
    expect(wholeRounds(state({ done: runs }))).toEqual([0]);
  });

  it("say what their engines were made with", () => {
    const engine = { engine: "phonon", engineBuild: "0.1.0", kernels: "avx2", threads: 1 };
    expect(madeWith(engine)).toBe("Phonon 0.1.0: avx2 kernels, 1 thread.");
    const little = { engine: "llama.cpp", engineBuild: null, kernels: null, threads: null };
    expect(madeWith(little)).toBe("llama.cpp: unknown kernels, ? threads.");
  });

  it("say what goes on", () => {
    expect(stepInWords(state())).toBe("Checking the target and the model …");
    expect(stepInWords(state({ step: { what: "loading", engine: "phonon", round: null } }))).toBe(
      "Before the first round: Phonon, loading",
    );
    expect(stepInWords(state({ step: { what: "measuring", engine: "llama.cpp", round: 1 } }))).toBe(
      "Round 2 of 2: llama.cpp, measuring",
    );
    expect(stepInWords(state({ status: "cancelled" }))).toBe("Cancelled");
  });

  it("give each engine's speeds, without rounds that have none", () => {
    const rounds = [done(0, "phonon", 3), done(0, "llama.cpp", 9), done(1, "phonon", null), done(2, "phonon", 5)];
    expect(speedsOf(rounds, "phonon", "decodeTps")).toEqual([3, 5]);
  });
});

describe("a verdict in words", () => {
  const pair = (change: Partial<Pair>): Pair => ({
    ...{ a: "phonon", b: "llama.cpp", metric: "decode_tps", ratio: 1.342, ci95: [1.3, 1.391], verdict: "faster" },
    ...change,
  });

  it("says who, by how much, and how sure", () => {
    expect(verdictInWords(pair({}))).toEqual({
      headline: "Phonon is faster",
      detail: "Phonon has 1.34× the decode speed of llama.cpp; 95 % interval 1.30× to 1.39×",
    });
    expect(verdictInWords(pair({ verdict: "slower", ratio: 0.5 })).headline).toBe("Phonon is slower");
    expect(verdictInWords(pair({ verdict: "not distinguishable" })).headline).toBe("Not distinguishable");
    expect(verdictInWords(pair({ a: "llama.cpp", b: "phonon", metric: "prefill_tps" })).detail).toContain(
      "the prefill speed of Phonon",
    );
  });

  it.each([
    [1, "1.000×"],
    [0.987, "0.987×"],
    [12.34, "12.3×"],
    [0.01234, "0.012×"],
  ])("%d is %s", (ratio, words) => {
    expect(times(ratio)).toBe(words);
  });
});
