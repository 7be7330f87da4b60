import { describe, expect, it } from "vitest";
import { summaryTable } from "../../../../electron/cli/report.js";
import type { RunSummary } from "../../../../electron/ipc/contract.js";
import { figuresOf } from "../../../../renderer/state/figures.js";
import { foreseenInWords, foreseenOf } from "../../../../renderer/state/foreseen.js";
import { addEvents, finish, newRunView } from "../../../../renderer/state/run-view.js";
import { started, summaryOf, token } from "../events.js";

function predictedOf(decode: number | null, memory: number | null, assumed = false): RunSummary["predicted"] {
  return {
    ...{ decode_tps: 12.14, prefill_tps: 100, ttft_ms: 40, hit_rate: 0.9, peak_bytes: 750 * 2 ** 20, assumed },
    error: { decode_tps: decode, prefill_tps: null, ttft_ms: null, peak_bytes: memory },
  };
}

describe("what was foreseen of a run", () => {
  it("stands with its errors", () => {
    expect(foreseenInWords(predictedOf(0.0423, -0.118))).toBe(
      "Foreseen 12.1 tok/s (+4.23 %), memory 750 MiB (-11.8 %), hit rate 90.0 %",
    );
  });

  it("has no error where nothing was measured", () => {
    expect(foreseenInWords(predictedOf(null, null))).toBe("Foreseen 12.1 tok/s, memory 750 MiB, hit rate 90.0 %");
  });

  it("says where how neurons fire was assumed", () => {
    expect(foreseenInWords(predictedOf(0.01, 0.02, true))).toMatch(/; how neurons fire was assumed$/);
  });

  it("is nothing where nothing was foreseen", () => {
    expect(foreseenInWords(summaryOf("R1").predicted)).toBe("");
  });

  it("stands beside the speed so far while the run goes on, and beside the summary's when it has ended", () => {
    const foreseen = {
      ...{ decode_tps: 12, prefill_tps: 1, ttft_ms: 1, hit_rate: 0.9 },
      peak_bytes: 2 ** 30,
      assumed: false,
    };
    const words = (view: ReturnType<typeof newRunView>) => foreseenInWords(foreseenOf(view, figuresOf(view)));
    const begun = { ...addEvents(newRunView("R1", true, null), [started(1)]), foreseen };
    expect(words(begun)).toBe("Foreseen 12.0 tok/s, memory 1.00 GiB, hit rate 90.0 %");
    const going = addEvents(begun, [token(2, 0, "a", 100, 0), token(3, 1, "b", 200, 100)]);
    expect(words(going)).toBe("Foreseen 12.0 tok/s (+20.0 %), memory 1.00 GiB, hit rate 90.0 %");
    const summary = summaryOf("R1", { predicted: predictedOf(0.0423, -0.118) });
    expect(words(finish(going, { runId: "R1", summary, failure: null }))).toMatch(/^Foreseen 12.1 tok\/s \(\+4.23 %\)/);
    expect(words({ ...begun, foreseen: null })).toBe("");
  });

  it("is off by what the command line says too", () => {
    const predicted = predictedOf(1.234, -0.0567);
    const errors = (words: string) => words.match(/\([+-][\d.]+ %\)/g);
    const table = summaryTable(summaryOf("R1", { predicted }));
    expect(errors(foreseenInWords(predicted))).toEqual(["(+123 %)", "(-5.67 %)"]);
    expect(errors(table)).toEqual(errors(foreseenInWords(predicted)));
  });
});
