import { describe, expect, it } from "vitest";
import { keyChange } from "../../../../renderer/charts/frame/keys.js";
import type { Reading } from "../../../../renderer/charts/reading.js";

const reading: Reading = {
  view: { mode: "tokens", from: 100, to: 300 },
  full: { mode: "tokens", from: 0, to: 1000 },
  snap: (x) => Math.max(0, Math.min(Math.round(x), 999)),
  heading: String,
  pin: () => undefined,
  unpin: () => undefined,
  pinned: null,
};

const cursorAt = (x: number) => ({ cursor: { x, chart: "speed" } });

const press = (key: string, x: number | null = null, shiftKey = false) =>
  keyChange({ key, shiftKey }, { cursor: x === null ? null : { x, chart: "speed" } }, reading, "speed");

describe("keys in a chart", () => {
  it("arrows move the cursor, from the middle where there is none, and the view with it", () => {
    expect(press("ArrowRight")).toEqual({ cursor: { x: 201, chart: "speed" } });
    expect(press("ArrowLeft", 150)).toEqual({ cursor: { x: 149, chart: "speed" } });
    expect(press("ArrowRight", 300)).toEqual({ cursor: { x: 301, chart: "speed" }, zoom: { from: 101, to: 301 } });
  });

  it("with Shift they move the view", () => {
    expect(press("ArrowRight", null, true)).toEqual({ zoom: { from: 150, to: 350 } });
    expect(press("ArrowLeft", null, true)).toEqual({ zoom: { from: 50, to: 250 } });
  });

  it("plus and minus zoom around the cursor, 0 shows all", () => {
    expect(press("+", 100)).toEqual({ zoom: { from: 100, to: 200 } });
    expect(press("-", 200)).toEqual({ zoom: { from: 0, to: 400 } });
    expect(press("0")).toEqual({ zoom: null });
  });

  it("Home and End go to the ends of the run", () => {
    expect(press("End")).toEqual({ cursor: { x: 999, chart: "speed" }, zoom: { from: 799, to: 999 } });
    expect(press("Home")).toEqual({ cursor: { x: 0, chart: "speed" }, zoom: { from: 0, to: 200 } });
  });

  it("arrows go from one place to the next, where places have a width", () => {
    const places = { ...reading, step: 0.5, snap: (x: number) => x };
    const right = (x: number) => keyChange({ key: "ArrowRight", shiftKey: false }, cursorAt(x), places, "speed");
    expect(right(150.25)).toEqual(cursorAt(150.75));
  });

  it("leaves other keys alone", () => expect(press("a")).toBeNull());
});
