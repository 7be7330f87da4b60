import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listTargets, openTarget, surveyTargets, watchTargets } from "../../../electron/targets/index.js";
import { codeOf } from "./codes.js";
import { FakeAdb } from "./fake-adb.js";

let adb: FakeAdb;

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.commands.set("getprop", "phonon-property:ro.product.model\nTest phone\n");
});
afterEach(() => adb.stop());

describe("openTarget", () => {
  it("knows local and phones", async () => {
    expect((await openTarget("local")).id).toBe("local");
    expect((await openTarget("adb:10.0.0.2:5555")).id).toBe("adb:10.0.0.2:5555");
    for (const id of ["", "usb:1", "local2"]) expect(await codeOf(openTarget(id))).toBe("unknown_target");
    for (const id of ["adb:", "adb:a b", "adb:$(x)"]) expect(await codeOf(openTarget(id))).toBe("bad_request");
  });
});

describe("surveyTargets", () => {
  it("lists this computer and phones of every state", async () => {
    adb.setDevice("A1", "device");
    adb.setDevice("B2", "unauthorized");
    const { targets, adbProblem } = await surveyTargets();
    expect(adbProblem).toBeNull();
    expect(targets.map((t) => [t.id, t.state, t.remedy === null])).toEqual([
      ["local", "ready", true],
      ["adb:A1", "ready", true],
      ["adb:B2", "unauthorized", false],
    ]);
    expect(targets[1]?.name).toBe("Test phone");
  });

  it("lists this computer alone, and says why, when adb does not answer", async () => {
    adb.version = 30;
    const { targets, adbProblem } = await surveyTargets();
    expect(targets.map((t) => t.id)).toEqual(["local"]);
    expect(adbProblem?.code).toBe("adb_too_old");
    expect(await listTargets()).toEqual(targets);
  });

  it("lists a phone that goes away while it is asked", async () => {
    adb.setDevice("A1", "device");
    adb.intercept = (socket, _, service) => {
      if (service.startsWith("exec:")) socket.destroy();
      return service.startsWith("exec:");
    };
    expect((await surveyTargets()).targets[1]).toMatchObject({ id: "adb:A1", state: "offline" });
  });
});

describe("watchTargets", () => {
  it("tells plugging, authorising and unplugging, with the facts after the fact", async () => {
    const told: string[] = [];
    const watch = watchTargets((targets, problem) => {
      told.push(
        targets
          .map((t) => `${t.id}=${t.state}=${t.name.slice(0, 4)}`)
          .slice(1)
          .join() + (problem?.code ?? ""),
      );
    });
    await expect.poll(() => adb.requests).toContain("host:track-devices");
    adb.setDevice("A1", "unauthorized");
    await expect.poll(() => told).toContain("adb:A1=unauthorized=A1");
    adb.setDevice("A1", "device");
    await expect.poll(() => told).toContain("adb:A1=ready=A1");
    await expect.poll(() => told.at(-1)).toBe("adb:A1=ready=Test");
    adb.setDevice("A1", null);
    await expect.poll(() => told.at(-1)).toBe("");
    await adb.kill();
    await expect.poll(() => told.at(-1), { timeout: 3000 }).toBe("adb_not_running");
    watch.stop();
    const count = told.length;
    await adb.listen();
    adb.setDevice("A1", "device");
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(told.length).toBe(count);
  });
});
