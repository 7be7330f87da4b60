import { describe, expect, it } from "vitest";
import { abiCheck, batteryCheck, spaceCheck, thermalCheck } from "../../../../electron/targets/adb/preflight.js";

const battery = { volts: 4, amps: null, charging: false, celsius: 30 };

describe("preflight findings", () => {
  it.each([
    [abiCheck("arm64-v8a"), "ok"],
    [abiCheck("armeabi-v7a"), "fail"],
    [abiCheck(null), "fail"],
    [spaceCheck({ totalBytes: 1e12, freeBytes: 1e11 }), "ok"],
    [spaceCheck({ totalBytes: 1e12, freeBytes: 1e9 }), "warn"],
    [spaceCheck({ totalBytes: 1e12, freeBytes: 1e6 }), "fail"],
    [spaceCheck(null), "warn"],
    [batteryCheck({ ...battery, percent: 80 }), "ok"],
    [batteryCheck({ ...battery, percent: 80, charging: true }), "ok"],
    [batteryCheck({ ...battery, percent: 12 }), "warn"],
    [batteryCheck({ ...battery, percent: 3 }), "fail"],
    [batteryCheck(null), "warn"],
    [thermalCheck({ status: "none", temps: [{ zone: "skin", celsius: 33 }] }), "ok"],
    [thermalCheck({ status: "moderate", temps: [] }), "warn"],
    [thermalCheck({ status: "severe", temps: [] }), "fail"],
    [thermalCheck(null), "warn"],
  ])("%j", (finding, status) => {
    expect(finding.status).toBe(status);
    // Whatever is not well comes with what to do.
    expect(finding.remedy === undefined).toBe(status === "ok");
  });
});
