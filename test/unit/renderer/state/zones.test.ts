import { describe, expect, it } from "vitest";
import { kindOfZone } from "../../../../renderer/state/zones.js";
import { traceOf, withSamples } from "../charts/traces.js";

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

  it("are kept by their kind's hottest, also those that come later", () => {
    const zone = (name: string, celsius: number) => ({ zone: name, celsius });
    const { zones } = withSamples(traceOf([0]), [
      { t_ms: 0, temps: [zone("cpu-0", 40), zone("cpu-1", 45)] },
      { t_ms: 200, temps: [zone("cpu-0", 50), zone("gpu", 30)] },
      { t_ms: 400, temps: [zone("cpu-1", 60)] },
    ]).samples;
    expect([0, 1, 2].map((at) => zones.get("cpu")?.at(at))).toEqual([45, 50, 60]);
    expect([0, 1, 2].map((at) => zones.get("gpu")?.at(at))).toEqual([NaN, 30, NaN]);
  });
});
