import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findForward, forward, removeForward } from "../../../../electron/targets/adb/forward.js";
import { codeOf } from "../codes.js";
import { FakeAdb, fail, okay } from "../fake-adb.js";

let adb: FakeAdb;

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.setDevice("10.0.0.2:5555", "device");
});
afterEach(() => adb.stop());

describe("forward", () => {
  it("makes, finds and removes a forward", async () => {
    const port = await forward("10.0.0.2:5555", "phonon-1");
    expect(adb.requests).toEqual(["host-serial:10.0.0.2:5555:forward:tcp:0;localabstract:phonon-1"]);
    expect(await findForward("10.0.0.2:5555", "phonon-1")).toBe(port);
    expect(await findForward("10.0.0.2:5555", "phonon-2")).toBeNull();
    expect(await findForward("B2", "phonon-1")).toBeNull();
    await removeForward("10.0.0.2:5555", "phonon-1");
    expect(adb.forwards.size).toBe(0);
    await removeForward("10.0.0.2:5555", "phonon-1"); // gone already, as after an unplug
  });

  it("fails for a phone that is away", async () => {
    expect(await codeOf(forward("B2", "phonon-1"))).toBe("device_missing");
  });

  it("fails when the server names no port", async () => {
    adb.intercept = (socket) => socket.write("OKAY" + okay("70000"));
    expect(await codeOf(forward("10.0.0.2:5555", "phonon-1"))).toBe("adb_failed");
    adb.intercept = (socket) => socket.write("OKAY" + fail("cannot bind listener: Address already in use"));
    await expect(forward("10.0.0.2:5555", "phonon-1")).rejects.toThrow("Address already in use");
  });
});
