import { describe, expect, it } from "vitest";
import { summaryTable } from "../../../../electron/cli/report.js";
import type { RunSummary } from "../../../../electron/ipc/contract.js";
import { foreseenInWords } from "../../../../renderer/state/foreseen.js";
import { summaryOf } from "../events.js";

function predictedOf(decode: number | null, memory: number | null, assumed = false): RunSummary["predicted"] {
  return {
    ...{ decode_tps: 12.14, prefill_tps: 100, ttft_ms: 40, hit_rate: 0.9, peak_bytes: 750 * 2 ** 20, assumed },
    error: { decode_tps: decode, prefill_tps: null, ttft_ms: null, peak_bytes: memory },
  };
}

describe("what was foreseen of a run", () => {
  it("stands with its errors", () => {
    expect(foreseenInWords(predictedOf(0.0423, -0.118))).toBe(
      "Foreseen 12.1 tok/s (+4.23 %), memory 750 MiB (-11.8 %)",
    );
  });

  it("has no error where nothing was measured", () => {
    expect(foreseenInWords(predictedOf(null, null))).toBe("Foreseen 12.1 tok/s, memory 750 MiB");
  });

  it("says where how neurons fire was assumed", () => {
    expect(foreseenInWords(predictedOf(0.01, 0.02, true))).toMatch(/; how neurons fire was assumed$/);
  });

  it("is nothing where nothing was foreseen", () => {
    expect(foreseenInWords(summaryOf("R1").predicted)).toBe("");
  });

  it("is off by what the command line says too", () => {
    const predicted = predictedOf(1.234, -0.0567);
    const errors = (words: string) => words.match(/\([+-][\d.]+ %\)/g);
    const table = summaryTable(summaryOf("R1", { predicted }));
    expect(errors(foreseenInWords(predicted))).toEqual(["(+123 %)", "(-5.67 %)"]);
    expect(errors(table)).toEqual(errors(foreseenInWords(predicted)));
  });
});
