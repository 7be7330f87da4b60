import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLocalBattery, readLocalReport } from "../../../electron/targets/local-facts.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonon-power-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function supply(name: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(folder, name));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), `${text}\n`);
}

describe("the battery of this computer", () => {
  it("is the one that it runs on, not a mouse's", async () => {
    await supply("AC", { type: "Mains" });
    await supply("BAT-mouse", { type: "Battery", scope: "Device", capacity: "3" });
    await supply("BAT0", { type: "Battery", status: "Discharging", capacity: "61", voltage_now: "11800000" });
    expect(await readLocalBattery(folder)).toEqual({
      ...{ percent: 61, charging: false, volts: 11.8, amps: null, celsius: null },
    });
  });

  it("is null where there is none, and tells only what it knows", async () => {
    expect(await readLocalBattery(folder)).toBeNull();
    expect(await readLocalBattery(join(folder, "nothing"))).toBeNull();
    await supply("BAT0", { type: "Battery", status: "Full", capacity: "many", current_now: "-1500000" });
    expect(await readLocalBattery(folder)).toMatchObject({ percent: null, charging: true, volts: null, amps: -1.5 });
  });
});

it.runIf(process.platform === "linux")("this computer's report tells of memory, cores and storage", async () => {
  const report = await readLocalReport();
  expect(report.memory.availableBytes).toBeGreaterThan(0);
  expect(report.memory.availableBytes).toBeLessThanOrEqual(report.memory.totalBytes ?? 0);
  expect(report.cores.length).toBeGreaterThan(0);
  expect(report.storage.freeBytes).toBeGreaterThan(0);
  expect(report.kernel).toMatch(/^Linux \d/);
});
