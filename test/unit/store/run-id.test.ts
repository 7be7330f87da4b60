import { describe, expect, it } from "vitest";
import { isRunId, isRunIdPrefix, newRunId } from "../../../electron/store/run-id.js";

describe("names of runs", () => {
  it("hold the time and sort by it, to the millisecond", () => {
    expect(newRunId(new Date("2026-11-20T09:15:00.000Z"))).toMatch(/^20261120-091500-00[0-9a-z]{4}$/);
    const times = [
      "2026-11-20T09:15:00.009Z",
      "2026-11-20T09:15:00.040Z",
      "2026-11-20T09:15:00.999Z",
      "2026-11-20T09:15:01.000Z",
      "2027-01-01T00:00:00.000Z",
    ];
    const ids = times.map((time) => newRunId(new Date(time)));
    expect(ids.toSorted()).toEqual(ids);
  });

  it("are not repeated within a millisecond", () => {
    const now = new Date();
    expect(new Set(Array.from({ length: 100 }, () => newRunId(now))).size).toBeGreaterThan(95);
  });

  it.each([
    "",
    ".",
    "..",
    "../20261120-091500-abc123",
    "20261120-091500-abc123/..",
    "20261120-091500-ABC123",
    "20261120-091500-abc12",
    "20261120-091500-abc1234",
    "20261120-091500-abc123\n",
  ])("are not %j", (text) => expect(isRunId(text)).toBe(false));

  it("may be given by their beginning", () => {
    expect(["2", "20261120", "20261120-091500-ab"].map(isRunIdPrefix)).toEqual([true, true, true]);
    expect(["", "../", "2/..", "2*", "a", `2${"0".repeat(40)}`].map(isRunIdPrefix)).toEqual(Array(6).fill(false));
  });
});
