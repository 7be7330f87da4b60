import { describe, expect, it } from "vitest";
import { bytes, clock, duration, milliseconds, significant, speed, table } from "../../../electron/cli/units.js";

describe("numbers for people", () => {
  it("have units", () => {
    expect([0, 1023, 1536, 12_928_576, 4e9, null].map(bytes)).toEqual([
      "0 B",
      "1023 B",
      "1.5 KiB",
      "12.3 MiB",
      "3.7 GiB",
      "-",
    ]);
    expect([speed(10.333), speed(1234.5), speed(null)]).toEqual(["10.3 tok/s", "1235 tok/s", "-"]);
    expect([milliseconds(0.01234), milliseconds(45.67), milliseconds(null)]).toEqual(["0.0123 ms", "45.7 ms", "-"]);
    expect(clock(2900)).toBe("2.90 GHz");
    expect([0.25, 3, 61, 3700, null, Infinity].map(duration)).toEqual([
      "250 ms",
      "3 s",
      "1 min 1 s",
      "1 h 1 min",
      "-",
      "-",
    ]);
    expect([0, 1e-9, 1, 999.9].map(significant)).toEqual(["0", "0.000000", "1.00", "1000"]);
  });

  it("stand in columns", () => {
    expect(
      table([
        ["A", "BB"],
        ["ccc", "d"],
      ]),
    ).toBe("A    BB\nccc  d");
  });
});
