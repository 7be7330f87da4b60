import { describe, expect, it } from "vitest";
import {
  fullView,
  msAtToken,
  sampleAt,
  samplesIn,
  tokenAt,
  tokenAtMs,
  tokensIn,
  xOfSample,
} from "../../../../renderer/charts/data/x-view.js";
import { emptyTrace } from "../../../../renderer/state/trace.js";
import { traceOf, withSamples } from "./traces.js";

// Tokens at 100, 110, 120, 160 ms; samples at 50, 115 and 300 ms.
const trace = withSamples(traceOf([0, 10, 10, 40]), [{ t_ms: 50 }, { t_ms: 115 }, { t_ms: 300 }]);

describe("the axis that charts share", () => {
  it("reaches over all there is, with room while more is awaited", () => {
    expect(fullView(trace, "tokens", null)).toEqual({ mode: "tokens", from: 0, to: 3 });
    expect(fullView(trace, "tokens", 1000)).toEqual({ mode: "tokens", from: 0, to: 64 });
    expect(fullView(trace, "time", null)).toEqual({ mode: "time", from: 0, to: 300 });
    expect(fullView(trace, "time", 1000).to).toBe(1000);
    expect(fullView(emptyTrace(), "tokens", null).to).toBe(1);
  });

  it("goes from time to tokens and back", () => {
    expect([50, 100, 105, 160, 200].map((ms) => tokenAtMs(trace, ms))).toEqual([NaN, 0, 0.5, 3, 3]);
    expect([0, 0.5, 3, 9].map((token) => msAtToken(trace, token))).toEqual([100, 105, 160, 160]);
    expect(xOfSample(trace, "tokens", 1)).toBe(1.5);
    expect(xOfSample(trace, "time", 1)).toBe(115);
  });

  it("what is in view has a neighbour on each side", () => {
    expect(tokensIn(trace, { mode: "tokens", from: 1.2, to: 1.8 })).toEqual({ from: 1, to: 3 });
    expect(tokensIn(trace, { mode: "time", from: 112, to: 125 })).toEqual({ from: 1, to: 4 });
    expect(tokensIn(trace, { mode: "tokens", from: 0, to: 64 })).toEqual({ from: 0, to: 4 });
    expect(samplesIn(trace, { mode: "time", from: 100, to: 120 })).toEqual({ from: 0, to: 3 });
    expect(samplesIn(trace, { mode: "tokens", from: 2, to: 3 })).toEqual({ from: 1, to: 3 });
  });

  it("a place means a token and the sample before it; none means the latest", () => {
    expect([null, 0.4, 0.6, -5, 99].map((x) => tokenAt(trace, "tokens", x))).toEqual([3, 0, 1, 0, 3]);
    expect([0, 118, 500].map((x) => tokenAt(trace, "time", x))).toEqual([0, 2, 3]);
    expect([null, 0, 2, 3].map((x) => sampleAt(trace, "tokens", x))).toEqual([2, 0, 1, 1]);
    expect(tokenAt(emptyTrace(), "time", 1)).toBeNull();
    expect(sampleAt(emptyTrace(), "time", null)).toBeNull();
  });
});
