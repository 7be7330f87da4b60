import { describe, expect, it } from "vitest";
import { LineSplitter, decodeLine, encodeLine, maxLineBytes } from "../../../electron/agent/codec.js";

const code = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe("LineSplitter", () => {
  it("gives the same lines however the bytes are cut", () => {
    const bytes = Buffer.from('{"a":"é🦊"}\n\n{"b":1}\nrest');
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new LineSplitter();
      const lines: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        lines.push(...splitter.push(bytes.subarray(at, at + size)).map((line) => line.toString()));
      }
      expect(lines).toEqual(['{"a":"é🦊"}', "", '{"b":1}']);
      expect(splitter.unfinished).toBe(true);
    }
  });

  it("takes a line of exactly 1 MiB and refuses one byte more, before its end", () => {
    const longest = Buffer.alloc(maxLineBytes, 0x78);
    const splitter = new LineSplitter();
    splitter.push(longest);
    expect(splitter.push(Buffer.from("\n")).map((line) => line.equals(longest))).toEqual([true]);
    expect(splitter.unfinished).toBe(false);
    splitter.push(longest);
    expect(code(() => splitter.push(Buffer.from("x")))).toBe("malformed");
  });
});

describe("decodeLine", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", '{"type":"renew","id":1'],
    ["two objects", "{}{}"],
    ["an array", "[]"],
    ["a number", "7"],
    ["null", "null"],
    ["NaN", '{"id":NaN}'],
    ["a zero byte", '{"a":1,\0"b":2}'],
    ["a byte order mark", "\ufeff{}"],
    ["33 levels", '{"x":'.repeat(33) + "1" + "}".repeat(33)],
    ["a million brackets", "[".repeat(1_000_000)],
  ])("refuses %s", (_, line) => {
    expect(code(() => decodeLine(Buffer.from(line)))).toBe("malformed");
  });

  it.each([
    ["an invalid byte", "ff"],
    ["half a character", "f09f"],
    ["an overlong form", "c080"],
    ["a surrogate", "eda080"],
    ["past the last character", "f4908080"],
  ])("refuses UTF-8 with %s", (_, hex) => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(hex, "hex"), Buffer.from('"}')]);
    expect(code(() => decodeLine(bytes))).toBe("malformed");
  });

  it("does not count brackets in strings as nesting", () => {
    const value = { text: '\\"[[{{'.repeat(100) };
    expect(decodeLine(Buffer.from(JSON.stringify(value)))).toEqual(value);
  });

  it("names no unprintable bytes in its errors", () => {
    expect(() => decodeLine(Buffer.from("\u001b[31mred"))).toThrow("?[31mred");
  });
});

describe("encodeLine", () => {
  it("writes literal bytes", () => {
    expect(encodeLine({ type: "tokenize", id: 1, text: "é\n\u0000" }).toString("latin1")).toBe(
      '{"type":"tokenize","id":1,"text":"\u00c3\u00a9\\n\\u0000"}\n',
    );
  });

  it("refuses what the agent would hang up on", () => {
    expect(code(() => encodeLine({ text: "\ud83e" }))).toBe("bad_request");
    expect(code(() => encodeLine({ text: "\udd8a\ud83e" }))).toBe("bad_request");
    expect(code(() => encodeLine({ text: "x".repeat(maxLineBytes) }))).toBe("line_too_long");
    expect(code(() => encodeLine({ text: "🦊" }))).toBeUndefined();
  });
});
