import { describe, expect, it } from "vitest";
import { apart, nearest, neighbour, placeText } from "../../../../renderer/charts/data/places.js";
import { keyChange } from "../../../../renderer/charts/frame/keys.js";
import { xAxisOf } from "../../../../renderer/charts/frame/x-axis.js";
import { tsvOf } from "../../../../renderer/charts/copy/tsv.js";
import { scaleOf } from "../../../../renderer/charts/marks/mark.js";
import { barPath, crossPath, dotPath, whiskerPath } from "../../../../renderer/charts/marks/paths.js";
import * as curve from "../../../../renderer/charts/studies/curve.js";
import * as ladder from "../../../../renderer/charts/studies/ladder.js";
import { ablationOf, sweepOf } from "../../studies.js";

const { rungs } = ablationOf();
const { points } = sweepOf();

describe("an axis of places", () => {
  const places = [100, 200, 400].map((x) => ({ x, text: `${x} MiB` }));

  it("knows which place is meant, and which is beside it", () => {
    expect(nearest(places, 149)?.x).toBe(100);
    expect(nearest(places, 301)?.x).toBe(400);
    expect(nearest([], 1)).toBeUndefined();
    expect(neighbour(places, 200, 1)).toBe(400);
    expect(neighbour(places, 200, -1)).toBe(100);
    expect(neighbour(places, 400, 1)).toBe(400);
    expect(neighbour([], 7, 1)).toBe(7);
  });

  it("names as many as have room, each in full", () => {
    expect(apart(places, 150).map(({ x }) => x)).toEqual([100, 400]);
    expect(placeText(places)(200)).toBe("200 MiB");
    expect(placeText(places)(201)).toBe("");
    const view = { mode: "places", from: 50, to: 450 } as const;
    expect(xAxisOf(view, 600, places)).toEqual({ from: 50, to: 450, ticks: [100, 200, 400] });
    expect(xAxisOf(view, 136, places).ticks).toEqual([100, 400]);
    expect(xAxisOf({ ...view, from: 150 }, 600, places).ticks).toEqual([200, 400]);
  });

  it("arrow keys go from place to place", () => {
    const full = { mode: "places", from: 50, to: 450 } as const;
    const reading = {
      ...{ full, view: full, places, heading: String, pin: () => undefined, unpin: () => undefined, pinned: null },
      snap: (x: number) => nearest(places, x)!.x,
    };
    const press = (key: string, x: number) =>
      keyChange({ key, shiftKey: false }, { cursor: { x, chart: "a" } }, reading, "a")?.cursor?.x;
    expect(press("ArrowRight", 100)).toBe(200);
    expect(press("ArrowRight", 200)).toBe(400);
    expect(press("ArrowLeft", 400)).toBe(200);
    expect(press("End", 100)).toBe(400);
    expect(press("Home", 400)).toBe(100);
  });
});

describe("paths of bars and spreads", () => {
  it("are whole shapes of tenths of pixels", () => {
    expect(barPath(10, 2, 20, 4)).toBe("M8 20V2h4V20Z");
    expect(whiskerPath(10, 20, 4, 5)).toBe("M10 20V4M5 20h10M5 4h10");
    expect(dotPath(10, 5, 3)).toBe("M7 5a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z");
    expect(crossPath(10, 5, 2)).toBe("M8 3L12 7M8 7L12 3");
  });
});

describe("a ladder as a chart", () => {
  const scale = scaleOf({ from: 0, to: 6 }, { from: 0, to: 60 }, 600, 60);

  it("has a bar for each rung in its engine's colour, with the spread of its rounds", () => {
    const marks = ladder.ladderMarks(rungs);
    expect(marks).toHaveLength(12);
    expect(marks[0]).toMatchObject({ series: "llama.cpp", look: "fill", colour: "var(--engine-llama)" });
    expect(marks[2]).toMatchObject({ series: "phonon", look: "fill", colour: "var(--engine-phonon)" });
    expect(marks[0]!.path(scale)).toBe("M22 60V56h56V60Z");
    expect(marks[1]!.path(scale)).toBe("M50 56.4V55.6M45 56.4h10M45 55.6h10");
    expect(marks.at(-2)!.look).toBe("dash"); // beside the ladder
    expect(ladder.ladderLabels(rungs)[4]).toMatchObject({ series: "phonon", x: 4.5, text: "50.0" });
  });

  it("says of each rung what it came to, and why one has nothing", () => {
    const failed = { ...rungs[3]!, decode_tps: null, failure: { code: "io_error", message: "no flash" }, step: null };
    const with_ = [...rungs.slice(0, 3), failed, ...rungs.slice(4)];
    const at = (x: number | null) => ladder.ladderDetails(with_).map(({ read }) => read(x));
    expect(at(2.5)).toEqual(["20.0 tok/s [18.0 – 22.0]", "2.00× [1.80× – 2.20×]", "90.0 %", "40.0", "25.0 %"]);
    expect(at(3.5)[0]).toBe("left out (io_error)");
    expect(at(0.5)).toEqual(["4.00 tok/s [3.60 – 4.40]", "–", "–", "–", "–"]);
    expect(at(99)[0]).toContain("30.0 tok/s");
    expect(ladder.ladderMarks(with_)).toHaveLength(10);
    const series = ladder.ladderSeries(with_);
    expect(series.map(({ id, read }) => [id, read(0.5), read(null)])).toEqual([
      ["llama.cpp", "4.00 tok/s", ""],
      ["phonon", "", "50.0 tok/s"],
    ]);
  });

  it("is copied with its names", () => {
    const lines = tsvOf(ladder.ladderTable(rungs)).split("\n");
    expect(lines[0]).toMatch(/^rung\tdecode_tps\t/);
    expect(lines[3]).toMatch(/^'\+bundle\t20\t/); // no formula
    expect(lines[1]).toBe("llama.cpp\t4\t3.6\t4.4\t\t\t\t\t\t");
  });
});

describe("a curve as charts", () => {
  const [speed, hits, , read, peak] = curve.METRICS;
  const scale = scaleOf({ from: 0, to: 100 }, { from: 0, to: 100 }, 100, 100);

  it("has a line for each engine, broken where one failed, which is crossed out", () => {
    const marks = curve.curveMarks(points, speed!);
    expect(marks.map(({ series, look }) => `${series} ${look}`)).toEqual([
      ...["phonon thick", "phonon fill", "phonon line", "phonon thick"],
      ...["llama.cpp dash", "llama.cpp fill", "llama.cpp line"],
    ]);
    expect(marks[0]!.path(scale)).toBe("M64 36h0L96 4");
    expect(marks[3]!.path(scale)).toBe("M28 88L36 96M28 96L36 88");
    expect(curve.curveMarks(points, hits!)[0]!.path(scale)).toBe("M64 10h0L96 10");
    expect(curve.curveMarks(points, hits!)[2]!.path(scale)).toBe(""); // llama.cpp has no cache
  });

  it("says of each budget what it came to, with units", () => {
    const at = (metric: curve.Metric, x: number | null) => curve.curveSeries(points, metric).map((one) => one.read(x));
    expect(at(speed!, 32)).toEqual(["left out (budget_too_small)", "4.00 tok/s [3.60 – 4.40]"]);
    expect(at(hits!, 64)).toEqual(["90.0 %", "–"]);
    expect(at(read!, 96)[0]).toBe("180 KiB");
    expect(at(peak!, 64)[0]).toBe("140.6 % · 90.0 MiB");
    expect(at(peak!, 32)[0]).toBe("–");
    expect(at(speed!, null)[0]).toContain("96.0 tok/s"); // the largest budget
    expect(at(speed!, 48)).toEqual(["–", "–"]); // between
  });

  it("shows shares of the whole, and no more of the axis than that", () => {
    expect(curve.curveAxis(hits!, 99.9)).toMatchObject({ from: 0, to: 100 });
    expect(curve.curveAxis(peak!, 140)).toMatchObject({ to: 150 });
    expect(curve.curveAxis({ of: "part" }, 80)).toMatchObject({ to: 100 });
    expect(curve.curveAxis({ of: "part" }, 8).to).toBeLessThan(20);
    const few = curve.curveAxis(read!, 6.1 * 1024);
    expect(few.ticks.map(read!.tick)).toEqual(["0 B", "2.50 KiB", "5.00 KiB", "7.50 KiB"]);
    expect(curve.curveAxis(speed!, 96).to).toBeGreaterThan(96);
  });

  it("has its budgets for places, with room at both ends", () => {
    const places = curve.placesOf(points);
    expect(places.map(({ text }) => text)).toEqual(["32 MiB", "64 MiB", "96 MiB"]);
    expect(curve.axisOf(places)).toEqual({ from: 28.8, to: 99.2 });
    const one = curve.axisOf(places.slice(0, 1));
    expect(one.from).toBeLessThan(32);
    expect(one.to).toBeGreaterThan(32);
    expect(tsvOf(curve.curveTable(points)).split("\n")[1]).toBe("phonon\t32\t\t\t\t\t\t\t\tbudget_too_small");
  });
});
