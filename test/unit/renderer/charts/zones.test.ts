import { describe, expect, it } from "vitest";
import { kindOfZone, kindsOfZones } from "../../../../renderer/charts/data/zones.js";
import { addSample } from "../../../../renderer/state/trace.js";
import { traceOf, withSamples } from "./traces.js";
import { sample } from "../events.js";

describe("thermal zones", () => {
  it.each([
    ["cpu-1-0", "cpu"],
    ["cpuss-2", "cpu"],
    ["BIG", "cpu"],
    ["x86_pkg_temp", "cpu"],
    ["gpuss-0", "gpu"],
    ["nspss-1", "npu"],
    ["skin", "skin"],
    ["xo-therm", "skin"],
    ["battery", "battery"],
    ["ddr", "other"],
    ["<img src=x>", "other"],
  ])("%s is of the %s", (name, kind) => expect(kindOfZone(name)).toBe(kind));

  it("are drawn by their kind's hottest, also those that come later", () => {
    const zone = (name: string, celsius: number) => ({ zone: name, celsius });
    const trace = withSamples(traceOf([0]), [
      { t_ms: 0, temps: [zone("cpu-0", 40), zone("cpu-1", 45)] },
      { t_ms: 200, temps: [zone("cpu-0", 50), zone("gpu", 30)] },
    ]);
    const [cpu, gpu] = kindsOfZones(trace);
    expect([0, 1].map((at) => cpu?.hottest.at(at))).toEqual([45, 50]);
    expect([0, 1].map((at) => gpu?.hottest.at(at))).toEqual([NaN, 30]);
    addSample(trace, { ...sample(1, 400, 1), temps: [zone("cpu-1", 60)] } as never);
    expect(kindsOfZones(trace)[0]?.hottest.at(2)).toBe(60);
  });
});
