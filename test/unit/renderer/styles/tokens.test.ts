import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { partColour } from "../../../../renderer/charts/marks/part-colours.js";
import { PARTS } from "../../../../renderer/state/parts.js";
import { contrast, distance, EYES, parseHex, seenBy } from "./colour.js";

const styles = join(import.meta.dirname, "../../../../renderer/styles");
const css = ["tokens.css", "charts.css"].map((file) => readFileSync(join(styles, file), "utf8")).join("\n");
const pairs = [...css.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
const colours = new Map(pairs.map(([, name = "", light = "", dark = ""]) => [name, [light, dark] as const]));
for (const [, name = "", other = ""] of css.matchAll(/--((?:series|span)-[a-z0-9-]+): var\(--([a-z0-9-]+)\)/g)) {
  colours.set(name, pairOf(other));
}

function pairOf(name: string) {
  const pair = colours.get(name);
  if (pair === undefined) throw new Error(`no style has --${name}`);
  return pair;
}

const colour = (name: string, theme: "light" | "dark") => parseHex(pairOf(name)[theme === "light" ? 0 : 1]);
const named = (prefix: string) => [...colours.keys()].filter((name) => name.startsWith(prefix));
const combinations = (names: string[]) => names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));

/** In the stack of a streamed run's parts; where the one between them is thin, the next but one touches too. */
const stacked = PARTS.map((part) => partColour(part).slice("var(--".length, -1));
const apart = (by: number) => stacked.slice(by).map((name, at) => [stacked[at] ?? "", name] as const);

const ENOUGH = 20; // CIELAB; 2 is just noticeable, side by side
const BESIDE_HEIGHTS = 10; // of what is told apart by heights, places and labels too

it.each(readdirSync(styles).filter((file) => file !== "tokens.css"))(
  "every size of text in %s is of the scale",
  (file) => {
    const declared = [...readFileSync(join(styles, file), "utf8").matchAll(/^\s*font(?:-size)?: (.+);/gm)];
    for (const [, value = ""] of declared) expect(value).toMatch(/^(inherit$|var\(--text-[a-z]+\))/);
  },
);

it("all colours of charts are looked at", () => {
  const declared = [...css.matchAll(/--((?:engine|part|series|span)-[a-z0-9-]+):/g)].map(([, name]) => name);
  expect([...colours.keys()]).toEqual(expect.arrayContaining(declared));
});

describe.each(["light", "dark"] as const)("colours, %s", (theme) => {
  describe.each(Object.keys(EYES))("seen with %s", (eyes) => {
    const seen = (name: string) => seenBy(eyes, colour(name, theme));
    it.each(["engine-", "part-", "series-"].flatMap((prefix) => combinations(named(prefix))))(
      "%s and %s are told apart",
      (a, b) => expect(distance(seen(a), seen(b))).toBeGreaterThan(ENOUGH),
    );

    it.each(apart(1))("%s and %s are told apart where they lie on each other", (a, b) =>
      expect(distance(seen(a), seen(b))).toBeGreaterThan(ENOUGH),
    );

    it.each(apart(2))("%s and %s are told apart where hardly anything lies between them", (a, b) =>
      expect(distance(seen(a), seen(b))).toBeGreaterThan(BESIDE_HEIGHTS),
    );

    it.each(combinations(named("span-")))("%s and %s are told apart, as spans are", (a, b) =>
      expect(distance(seen(a), seen(b))).toBeGreaterThan(BESIDE_HEIGHTS),
    );
  });

  it.each(combinations(named("span-")))("%s and %s are told apart", (a, b) =>
    expect(distance(colour(a, theme), colour(b, theme))).toBeGreaterThan(ENOUGH),
  );

  it.each(
    [...named("series-"), ...named("span-")].flatMap((name) =>
      [...named("engine-"), ...named("part-")].map((other) => [name, other] as const),
    ),
  )("%s is not taken for %s", (name, other) =>
    expect(distance(colour(name, theme), colour(other, theme))).toBeGreaterThan(ENOUGH),
  );

  it.each([...["engine-", "part-", "series-", "span-"].flatMap(named), "line-strong"])(
    "%s stands out from its panel",
    (name) => expect(contrast(colour(name, theme), colour("panel", theme))).toBeGreaterThanOrEqual(3),
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
