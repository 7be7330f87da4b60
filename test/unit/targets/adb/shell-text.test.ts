import { describe, expect, it } from "vitest";
import { agentPath, modelPath, packPath, sessionPath } from "../../../../electron/targets/adb/paths.js";
import { Nested, assertWord, sh } from "../../../../electron/targets/adb/shell-text.js";

const hash = "0123456789abcdef".repeat(4);

describe("sh", () => {
  it("fills in numbers, plain words and other shell text", () => {
    const inner = sh`stat -c %s ${"/data/x-1.gguf"}`;
    expect(sh`head -c ${5_000_000_000} | (${new Nested(inner)})`).toBe(
      "head -c 5000000000 | (stat -c %s /data/x-1.gguf)",
    );
  });

  it.each([
    ...[
      "",
      "-rf",
      "a b",
      "a;b",
      "$(id)",
      "`id`",
      "a'b",
      'a"b',
      "a\nb",
      "a|b",
      "a&b",
      "a>b",
      "*",
      "?",
      "~",
      "a\\b",
      "é",
    ],
    ...["/data/../etc", "#x", "!x", "{a,b}", "x\0y", "a=b", "x".repeat(257)],
  ])("throws on %j", (word) => {
    expect(() => assertWord(word)).toThrow("unsafe");
    expect(() => sh`echo ${word}`).toThrow("unsafe");
  });

  it.each([-1, 1.5, Number.NaN, Infinity, 2 ** 60])("throws on the number %d", (number) => {
    expect(() => assertWord(number)).toThrow("unsafe");
  });
});

describe("paths", () => {
  it("are made of hashes and fixed words", () => {
    expect(agentPath(hash, "phonon-llama-i8mm")).toBe("/data/local/tmp/phonon/bin/0123456789ab-phonon-llama-i8mm");
    expect(packPath(`${hash}.pack`)).toBe(`/data/local/tmp/phonon/packs/${hash}.pack`);
    expect(modelPath(hash)).toBe(`/data/local/tmp/phonon/models/${hash}.gguf`);
    expect(sessionPath("0123456789abcdef")).toBe("/data/local/tmp/phonon/sessions/0123456789abcdef");
  });

  it("refuse anything else", () => {
    expect(() => modelPath(hash.toUpperCase())).toThrow();
    expect(() => modelPath("../../x")).toThrow();
    expect(() => packPath(`${hash}/../x.pack`)).toThrow();
    expect(() => packPath(`${hash}-re lu.pack`)).toThrow();
    expect(() => agentPath(hash, "x; rm -rf /")).toThrow();
    expect(() => sessionPath("..")).toThrow();
  });
});
