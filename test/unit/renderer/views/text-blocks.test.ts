import { describe, expect, it } from "vitest";
import { blocksOf } from "../../../../renderer/views/run/text-blocks.js";

const LINES = Array.from({ length: 400 }, (_, i) => `line ${i} of some length\n`).join("");
const WORDS = "word ".repeat(4000);

describe("text in blocks", () => {
  it.each([
    ["nothing", ""],
    ["little", "a fox\nwho"],
    ["lines", LINES],
    ["words without a line's end", WORDS],
    ["no place to break at all", "x".repeat(20_000)],
  ])("is the same text: %s", (_, text) => expect(blocksOf(text).join("")).toBe(text));

  it("is cut at ends of lines, or else at spaces", () => {
    expect(
      blocksOf(LINES)
        .slice(0, -1)
        .every((block) => block.endsWith("\n")),
    ).toBe(true);
    expect(
      blocksOf(WORDS)
        .slice(0, -1)
        .every((block) => block.endsWith(" ")),
    ).toBe(true);
    expect(blocksOf(LINES).length).toBeGreaterThan(8);
  });

  it.each([LINES, WORDS])("changes in the last block only while text comes", (text) => {
    for (let length = 0; length < text.length; length += 997) {
      const before = blocksOf(text.slice(0, length)).slice(0, -1);
      expect(blocksOf(text).slice(0, before.length)).toEqual(before);
    }
  });
});
