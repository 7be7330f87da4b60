import { describe, expect, it } from "vitest";
import { applyTheme, keptTheme } from "../../../../renderer/state/theme.js";

const storage = (kept: string | null) => ({ getItem: () => kept });

describe("theme", () => {
  it.each([
    [null, "system"],
    ["light", "light"],
    ["dark", "dark"],
    ["system", "system"],
    ["<script>", "system"],
  ])("kept as %j is %s", (kept, theme) => expect(keptTheme(storage(kept))).toBe(theme));

  it("is on the page's root, and kept", () => {
    const kept = new Map<string, string>();
    const root = { dataset: {} } as HTMLElement;
    applyTheme("dark", root, { setItem: (key, value) => kept.set(key, value) });
    expect([root.dataset["theme"], [...kept.values()]]).toEqual(["dark", ["dark"]]);
    applyTheme("system", root, { setItem: (key, value) => kept.set(key, value) });
    expect([root.dataset["theme"], [...kept.values()]]).toEqual([undefined, ["system"]]);
  });
});
