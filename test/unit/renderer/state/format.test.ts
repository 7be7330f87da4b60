import { describe, expect, it } from "vitest";
import {
  bytes,
  digits,
  duration,
  fileName,
  parameters,
  remaining,
  speed,
  text,
  tick,
  when,
} from "../../../../renderer/state/format.js";

describe("format", () => {
  it.each([
    [1234.56, "1,235"],
    [412.34, "412"],
    [41.26, "41.3"],
    [4.126, "4.13"],
    [0, "0.00"],
  ])("digits(%d) = %s", (value, expected) => expect(digits(value)).toBe(expected));

  it("what is not known is a dash, without a unit", () => {
    expect([speed(null), duration(null), bytes(null)].map(text)).toEqual(["–", "–", "–"]);
  });

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [12_928_576, "12.3 MiB"],
    [25_769_803_776, "24.0 GiB"],
    [2 ** 60, "1,048,576 TiB"],
  ])("bytes(%d) = %s", (value, expected) => expect(text(bytes(value))).toBe(expected));

  it("durations turn to seconds where milliseconds are too many digits", () => {
    expect([text(duration(11.8)), text(duration(9_999)), text(duration(12_340))]).toEqual([
      "11.8 ms",
      "9,999 ms",
      "12.3 s",
    ]);
  });

  it("time left is rounded to what can be believed", () => {
    expect([0.2, 12.4, 200, 9000].map(remaining)).toEqual(["under 1 s left", "12 s left", "3 min left", "2.5 h left"]);
  });

  it("times of today show seconds, others their day, and nonsense itself", () => {
    const now = new Date(2026, 10, 20, 15, 0, 0);
    expect(when(new Date(2026, 10, 20, 9, 5, 7).toISOString(), now)).toBe("09:05:07");
    expect(when(new Date(2026, 10, 19, 23, 39, 0).toISOString(), now)).toBe("19 Nov 23:39");
    expect(when("yesterday", now)).toBe("yesterday");
  });

  it("ticks have all their digits, however small they are", () => {
    expect([0, 0.0025, 3 * 0.1, 7.5, 12_500, 1e6].map(tick)).toEqual([
      "0",
      "0.0025",
      "0.3",
      "7.5",
      "12,500",
      "1,000,000",
    ]);
  });

  it("names of files and sizes of models", () => {
    expect([fileName("/a/b.gguf"), fileName("C:\\m\\c.gguf"), fileName("/")]).toEqual(["b.gguf", "c.gguf", "/"]);
    expect([parameters(6_423_808), parameters(1_235_814_400)]).toEqual(["6.4 M", "1.2 B"]);
  });
});
