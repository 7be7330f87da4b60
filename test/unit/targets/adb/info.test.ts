import { describe, expect, it } from "vitest";
import { describe as describeFacts } from "../../../../electron/targets/adb/info.js";
import { parseProperties } from "../../../../electron/targets/adb/properties.js";

const output = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `phonon-property:${name}\n${value}\n`)
    .join("");

const galaxy = {
  "ro.product.cpu.abi": "arm64-v8a",
  "ro.product.manufacturer": "samsung",
  "ro.product.model": "SM-S928B",
  "ro.soc.manufacturer": "QTI",
  "ro.soc.model": "SM8650",
  "ro.board.platform": "pineapple",
  "ro.build.version.release": "15",
  "ro.build.fingerprint": "samsung/e3qxxx/e3q:15/AP3A.240905.015.A2/S928B:user/release-keys",
};

const described = (values: Record<string, string>): ReturnType<typeof describeFacts> =>
  describeFacts({
    properties: parseProperties(output(values)),
    cpu: { features: [], name: null },
    cores: [],
    memoryBytes: 1,
  });

describe("parseProperties", () => {
  it("reads every property, with what is not set as null", () => {
    expect(parseProperties(output(galaxy))).toEqual(galaxy);
    const unset = parseProperties(output({ ...galaxy, "ro.soc.model": "" }));
    expect(unset["ro.soc.model"]).toBeNull();
    expect(unset["ro.board.platform"]).toBe("pineapple");
    expect(parseProperties("sh: getprop: not found\n")["ro.product.model"]).toBeNull();
  });

  it("takes values of many lines, control characters and no end for nothing", () => {
    for (const value of ["\u001b[2J", "x".repeat(300), "phonon-property:ro.soc.model"]) {
      expect(parseProperties(output({ "ro.product.model": value }))["ro.product.model"]).toBeNull();
    }
    expect(parseProperties(output({ "ro.product.model": "Pixel\nro.soc.model" }))["ro.product.model"]).toBe("Pixel");
    expect(parseProperties("phonon-property:ro.product.model\r\nPixel 9\r\n")["ro.product.model"]).toBe("Pixel 9");
  });
});

describe("describe", () => {
  it("names phone, chip, system and NPU", () => {
    expect(described(galaxy)).toMatchObject({
      ...{ name: "samsung SM-S928B", abi: "arm64-v8a", soc: "QTI SM8650", os: "Android 15", npu: "Hexagon V75" },
    });
  });

  it("makes do with less", () => {
    expect(described({ "ro.product.model": "Pixel 4", "ro.board.platform": "msmnile" })).toMatchObject({
      ...{ name: "Pixel 4", soc: "msmnile", os: null, npu: null, abi: null },
    });
    expect(described({ "ro.product.model": "Xiaomi 14", "ro.product.manufacturer": "Xiaomi" }).name).toBe("Xiaomi 14");
    expect(described({})).not.toHaveProperty("name");
  });
});
