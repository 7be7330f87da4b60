import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contrast, distance, EYES, parseHex, seenBy } from "./colour.js";

const css = readFileSync(join(import.meta.dirname, "../../../../renderer/styles/tokens.css"), "utf8");
const pairs = [...css.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
const colours = new Map(pairs.map(([, name = "", light = "", dark = ""]) => [name, [light, dark] as const]));

function colour(name: string, theme: "light" | "dark") {
  const pair = colours.get(name);
  if (pair === undefined) throw new Error(`tokens.css has no --${name}`);
  return parseHex(pair[theme === "light" ? 0 : 1]);
}

const named = (prefix: string) => [...colours.keys()].filter((name) => name.startsWith(prefix));
const combinations = (names: string[]) => names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));

const ENOUGH = 20; // CIELAB; 2 is just noticeable, side by side

describe.each(["light", "dark"] as const)("colours, %s", (theme) => {
  describe.each(Object.keys(EYES))("seen with %s", (eyes) => {
    const seen = (name: string) => seenBy(eyes, colour(name, theme));
    it.each([...combinations(named("engine-")), ...combinations(named("part-"))])("%s and %s are told apart", (a, b) =>
      expect(distance(seen(a), seen(b))).toBeGreaterThan(ENOUGH),
    );
  });

  it.each([...named("engine-"), ...named("part-"), "line-strong"])("%s stands out from its panel", (name) =>
    expect(contrast(colour(name, theme), colour("panel", theme))).toBeGreaterThanOrEqual(3),
  );

  it.each(
    ["ink", "ink-2", "ink-3", "accent", "ok", "warn", "fail"].flatMap((name) =>
      ["panel", "sunken", "ground"].map((below) => [name, below] as const),
    ),
  )("text in %s can be read on %s", (name, below) =>
    expect(contrast(colour(name, theme), colour(below, theme))).toBeGreaterThanOrEqual(4.5),
  );

  it.each([
    ["accent-ink", "accent"],
    ["ink", "accent-soft"],
    ["ink-2", "accent-soft"],
    ["ok", "accent-soft"],
    ["warn", "accent-soft"],
    ["fail", "accent-soft"],
    ["ink", "warn-soft"],
    ["ink", "fail-soft"],
  ])("text in %s can be read on %s", (name, below) =>
    expect(contrast(colour(name, theme), colour(below, theme))).toBeGreaterThanOrEqual(4.5),
  );
});
