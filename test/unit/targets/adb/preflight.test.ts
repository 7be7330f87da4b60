import { describe, expect, it, vi } from "vitest";
import { hostAbi } from "../../../../electron/agent/builds.js";
import {
  abiCheck,
  agentCheck,
  batteryCheck,
  spaceCheck,
  thermalCheck,
} from "../../../../electron/targets/adb/preflight.js";
import { parseProperties } from "../../../../electron/targets/adb/properties.js";

const propertiesOf = (abi: string) => parseProperties(`phonon-property:ro.product.cpu.abi\n${abi}\n`);
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

  it("of agents that are not built say what builds them", () => {
    vi.stubEnv("PHONON_AGENTS", "/nowhere");
    const checkOf = (abi: string) =>
      agentCheck({ properties: propertiesOf(abi), cpu: { features: [], name: null }, cores: [], memoryBytes: null });
    const own = hostAbi()!;
    expect(checkOf(own)).toMatchObject({ status: "fail", remedy: "Run `npm run setup`." });
    const other = own === "x86_64" ? "arm64-v8a" : "x86_64";
    expect(checkOf(other)).toMatchObject({ status: "fail", remedy: "Run `npm run setup -- --phones`." });
    vi.unstubAllEnvs();
  });
});
