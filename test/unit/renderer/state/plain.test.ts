import { expect, it } from "vitest";
import { plain } from "../../../../renderer/state/plain.js";

it("plain: markup and shell text stay as they are, for React shows them as text", () => {
  const text = `<img src=x onerror="alert(1)"> $(reboot) \`rm\` ; 'x' 🦊 日本`;
  expect(plain(text)).toBe(text);
});

it("plain: what has no look of its own is made visible", () => {
  expect(plain("a\u001b[2Jb")).toBe("a⟨U+001B⟩[2Jb");
  expect(plain("gnp.\u202efdp")).toBe("gnp.⟨U+202E⟩fdp"); // would be read backwards
  expect(plain("zero\u200bwidth\n\ud800")).toBe("zero⟨U+200B⟩width⟨U+000A⟩⟨U+D800⟩");
});

it("plain: what is endless is cut", () => {
  expect(Array.from(plain("🦊".repeat(500), 20))).toHaveLength(20);
  expect(plain("x".repeat(20), 20)).toBe("x".repeat(20));
});
