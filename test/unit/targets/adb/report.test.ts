import { mkdir, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AdbTarget } from "../../../../electron/targets/adb/adb-target.js";
import { parseStored } from "../../../../electron/targets/adb/stored-models.js";
import { codeOf } from "../codes.js";
import { FakeAdb } from "../fake-adb.js";

const A = "a".repeat(64);
const B = "b".repeat(64);
let adb: FakeAdb;
const target = new AdbTarget("A1");

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.setDevice("A1", "device");
});
afterEach(() => adb.stop());

describe("a phone's report", () => {
  it("tells what the shell tells, without bringing anything there", async () => {
    adb.commands.set("getprop", "phonon-property:ro.product.model\nPixel 9\nphonon-property:ro.soc.model\nSM8650\n");
    adb.commands.set("cat /proc/cpuinfo", "Features : asimddp i8mm\n");
    adb.commands.set("cpuinfo_max_freq", "cpu0 1800000\ncpu1 3200000\n");
    adb.commands.set("cat /proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 3000000 kB\n");
    adb.commands.set("uname -sr", "Linux 6.1.25-android14\n");
    adb.commands.set("dumpsys battery", "  level: 84\n  scale: 100\n  status: 3\n  temperature: 291\n");
    adb.commands.set("dumpsys thermalservice", { status: 1, output: "no such service" });
    expect(await target.report()).toMatchObject({
      ...{ target: "adb:A1", name: "Pixel 9", soc: "SM8650", npu: "Hexagon V75", kernel: "Linux 6.1.25-android14" },
      cores: [
        { id: 0, maxMhz: 1800, class: "little" },
        { id: 1, maxMhz: 3200, class: "big" },
      ],
      features: ["asimddp", "i8mm"],
      memory: { totalBytes: 8_192_000_000, availableBytes: 3_072_000_000 },
      storage: { path: "/data/local/tmp" },
      battery: { percent: 84, charging: false, celsius: 29.1 },
      ...{ temps: [], throttling: null },
    });
    expect(adb.requests).not.toContain("sync:");
  });

  it("of a phone that tells nothing is empty, and of one that is away an error", async () => {
    for (const command of ["getprop", "cat /proc", "cpuinfo_max_freq", "uname", "dumpsys", "df -k"])
      adb.commands.set(command, { status: 127, output: "\u001b[2Jnot found\n" });
    const report = await target.report();
    expect(report).toMatchObject({ name: "A1", kernel: null, cores: [], features: [], battery: null });
    expect(report.memory).toEqual({ totalBytes: null, availableBytes: null });
    adb.setDevice("A1", "unauthorized");
    expect(await codeOf(target.report())).toBe("device_unauthorized");
    expect(await codeOf(target.storedModels())).toBe("device_unauthorized");
  });
});

describe("models on a phone", () => {
  it("are told by their names, which are hashes", async () => {
    expect(await target.storedModels()).toEqual([]);
    await mkdir(adb.path("phonon/models"), { recursive: true });
    await writeFile(adb.path(`phonon/models/${A}.gguf`), "abc");
    await writeFile(adb.path(`phonon/models/${B}.gguf.part`), "a");
    await writeFile(adb.path("phonon/models/$(reboot) x.gguf"), "abc");
    expect(await target.storedModels()).toEqual([
      { sha256: A, bytes: 3, whole: true },
      { sha256: B, bytes: 1, whole: false },
    ]);
  });

  it("and nothing else that a phone prints", () => {
    expect(parseStored(`12 ${A}.gguf\r\n-1 ${A}.gguf\n1 ../${A}.gguf\n1 ${A}.gguf.part.piece-0\nx\n`)).toEqual([
      { sha256: A, bytes: 12, whole: true },
    ]);
  });
});
