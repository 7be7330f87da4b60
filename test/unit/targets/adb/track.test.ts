import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trackDevices } from "../../../../electron/targets/adb/track.js";
import { FakeAdb } from "../fake-adb.js";

let adb: FakeAdb;

beforeEach(async () => {
  adb = await FakeAdb.start();
});
afterEach(() => adb.stop());

describe("trackDevices", () => {
  it("tells every change, also over a restart of the server, until it is stopped", { timeout: 20_000 }, async () => {
    const told: string[] = [];
    const stop = new AbortController();
    const tracking = trackDevices(
      {
        onDevices: (devices) => told.push(devices.map((d) => `${d.serial}=${d.adbState}`).join()),
        onProblem: (problem) => told.push(problem.code),
      },
      stop.signal,
    );
    await expect.poll(() => told).toEqual([""]);
    adb.setDevice("A1", "unauthorized");
    await expect.poll(() => told.at(-1)).toBe("A1=unauthorized");
    adb.setDevice("A1", "device");
    adb.setDevice("B2", "offline");
    await expect.poll(() => told.at(-1)).toBe("A1=device,B2=offline");
    adb.devices.set("B2", "unauthorized"); // as with network phones, the server does not say so by itself
    await expect.poll(() => told.at(-1), { timeout: 5000 }).toBe("A1=device,B2=unauthorized");
    adb.devices.set("B2", "offline");
    adb.setDevice("A1", null);
    await expect.poll(() => told.at(-1)).toBe("B2=offline");
    await adb.kill();
    await expect.poll(() => told.at(-1), { timeout: 3000 }).toBe("adb_not_running");
    await adb.listen();
    await expect.poll(() => told.at(-1), { timeout: 5000 }).toBe("B2=offline");
    stop.abort();
    await tracking;
    adb.setDevice("B2", null);
    expect(told.at(-1)).toBe("B2=offline");
  });
});
