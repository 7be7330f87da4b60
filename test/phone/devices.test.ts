/** Which phones there are, how they stand, and what to do about it; with and without a working adb. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openTarget, surveyTargets, watchTargets } from "../../electron/targets/index.js";
import type { PhononError } from "../../electron/base/errors.js";
import type { Check, TargetInfo } from "../../electron/targets/target.js";
import { describePhones } from "./harness/suite.js";
import { adbServer, type Phone, startPhone, stopPhones, until } from "./phone.js";
import { failureOf, useOwnHome } from "./support.js";

/** The latest list that a watcher told of. */
class Watch {
  targets: TargetInfo[] = [];
  problem: PhononError | null = null;
  private readonly watcher = watchTargets((targets, problem) => {
    this.targets = targets;
    this.problem = problem;
  });

  async see(what: string, id: string, state: TargetInfo["state"] | "gone"): Promise<TargetInfo | undefined> {
    const find = (): TargetInfo | undefined => this.targets.find((target) => target.id === id);
    await until(what, () => (find()?.state ?? "gone") === state, 8000);
    return find();
  }

  stop(): void {
    this.watcher.stop();
  }
}

describePhones("the list of targets", () => {
  useOwnHome();
  let phone: Phone;
  let watch: Watch | undefined;
  const phoneOf = (watched: Watch | undefined): TargetInfo | undefined =>
    watched?.targets.find(({ id }) => id === phone.targetId);

  beforeAll(async () => {
    phone = await startPhone({ abi: "arm64-v8a" });
  });
  afterEach(async () => {
    watch?.stop();
    watch = undefined;
    await phone.restore();
  });
  afterAll(stopPhones);

  test("says what is known of a phone", async () => {
    const { targets, adbProblem } = await surveyTargets();
    expect(adbProblem).toBeNull();
    expect(targets.map(({ id }) => id)).toEqual(["local", phone.targetId]);
    expect(targets[1]).toMatchObject({
      kind: "adb",
      state: "ready",
      remedy: null,
      abi: "arm64-v8a",
      name: expect.stringContaining("Virtual Arm") as string,
      soc: expect.stringContaining("SM8650") as string,
      os: expect.stringContaining("15") as string,
      npu: "Hexagon V75",
    });
    expect(targets[1]?.memoryBytes).toBeGreaterThan(1 << 28);
    expect(targets[1]?.storageFreeBytes).toBeGreaterThan(1 << 28);
    const clocks = targets[1]?.cores.map((core) => core.maxMhz) ?? [];
    expect(clocks.at(-1)).toBe(3302);
    expect(clocks.every((mhz) => mhz === 3302 || mhz === 2266)).toBe(true);
  });

  test("follows plugging, unplugging and authorising as it happens, with remedies", async () => {
    watch = new Watch();
    const ready = await watch.see("the phone", phone.targetId, "ready");
    expect(ready?.remedy).toBeNull();
    await phone.unplug();
    await watch.see("the unplug", phone.targetId, "gone");
    await phone.replug();
    await watch.see("the replug", phone.targetId, "ready");
    await phone.unplug({ offline: true });
    await watch.see("offline", phone.targetId, "offline");
    await until("offline's remedy", () => /turn USB debugging off/.test(phoneOf(watch)?.remedy ?? ""));
    await phone.unauthorize();
    const unauthorized = await watch.see("unauthorized", phone.targetId, "unauthorized");
    expect(unauthorized?.remedy).toMatch(/Unlock the phone/);
    await phone.authorize();
    await watch.see("the authorisation", phone.targetId, "ready");
    await until("its facts", () => phoneOf(watch)?.abi === "arm64-v8a");
  });

  test("a target that is not ready is said by every operation, at once", async () => {
    const target = await openTarget(phone.targetId);
    const errors = async (): Promise<string[]> => {
      const opening = await failureOf(target.openAgent({ engine: "phonon" }));
      const pushing = await failureOf(target.putModel("package.json"));
      return [opening.message, pushing.message];
    };
    await phone.unplug();
    const begun = Date.now();
    expect((await failureOf(target.preflight())).message).toMatch(/not plugged in/);
    for (const message of await errors()) expect(message).toMatch(/not plugged in/);
    await phone.unauthorize();
    const failed = (await target.preflight()).filter(({ status }) => status === "fail");
    expect(failed.map(({ remedy }) => remedy).join()).toMatch(/Unlock the phone/);
    for (const message of await errors()) expect(message).toMatch(/Unlock the phone/);
    await phone.authorize();
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect((await target.preflight()).filter(({ status }) => status === "fail")).toEqual([]);
  });

  test("a phone that hangs does not hold up the others, nor for ever", async () => {
    await phone.hang();
    const begun = Date.now();
    const { targets } = await surveyTargets();
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(targets.map(({ id }) => id)).toContain("local");
    await phone.unhang();
    await until("the phone", async () => (await surveyTargets()).targets[1]?.abi === "arm64-v8a", 20_000);
  });
});

describePhones("preflight", () => {
  useOwnHome();
  let phone: Phone;
  let checks: Check[];

  beforeAll(async () => {
    phone = await startPhone({
      storageBytes: 600 << 20,
      battery: { percent: 12, charging: false },
      thermalStatus: 3,
      properties: { "ro.product.cpu.abi": "armeabi-v7a" },
    });
    checks = await (await openTarget(phone.targetId)).preflight();
  });
  afterAll(stopPhones);

  test("names what stands in the way, and what to do about it", async () => {
    const of = (name: string): Check | undefined => checks.find((check) => check.name === name);
    expect(of("ABI")).toMatchObject({ status: "fail", detail: expect.stringContaining("armeabi-v7a") as string });
    expect(of("battery")).toMatchObject({ status: "warn", detail: expect.stringContaining("12 %") as string });
    expect(of("thermal state")).toMatchObject({ status: "fail", detail: expect.stringContaining("severe") as string });
    expect(of("free space")).toMatchObject({ status: "warn", detail: expect.stringContaining("0.6 GiB") as string });
    expect(of("writable folder")).toMatchObject({ status: "ok" });
    for (const check of checks.filter(({ status }) => status !== "ok")) expect(check.remedy).toMatch(/\w{3}/);
    expect((await phone.shell("find /data/local/tmp -type f")).stdout).toBe("");
  });

  test("is content with a phone that is well", async () => {
    phone.tell((facts) => {
      facts.properties["ro.product.cpu.abi"] = "x86_64";
      facts.battery.percent = 80;
      facts.thermalStatus = 0;
    });
    const again = await (await openTarget(phone.targetId)).preflight();
    expect(again.filter(({ status }) => status === "fail")).toEqual([]);
  });

  test("sees a folder that cannot be written to", async () => {
    await phone.shell("mount -o remount,ro /data/local/tmp");
    const again = await (await openTarget(phone.targetId)).preflight();
    expect(again.find(({ name }) => name === "writable folder")).toMatchObject({ status: "fail" });
    await phone.shell("mount -o remount,rw /data/local/tmp");
  });
});

describePhones("adb itself", () => {
  useOwnHome();
  const path = process.env["PATH"] ?? "";
  let phone: Phone;

  beforeAll(async () => {
    phone = await startPhone();
  });
  afterEach(() => {
    process.env["PATH"] = path;
  });
  afterAll(stopPhones);

  test("its server is dead: it is started again", async () => {
    const server = await adbServer();
    server.kill();
    expect(server.pids).toEqual([]);
    const { adbProblem } = await surveyTargets();
    expect(adbProblem).toBeNull();
    expect(server.pids).toHaveLength(1);
    await server.connect(phone.serial);
    expect((await surveyTargets()).targets.map(({ id }) => id)).toContain(phone.targetId);
  });

  test("it is not installed: said with what to do, and this computer is still there", async () => {
    const server = await adbServer();
    const watch = new Watch();
    await watch.see("the phone", phone.targetId, "ready");
    server.kill();
    process.env["PATH"] = "/nonexistent";
    const begun = Date.now();
    const { targets, adbProblem } = await surveyTargets();
    expect(targets.map(({ id }) => id)).toEqual(["local"]);
    expect(adbProblem?.message).toMatch(/no adb program.*[Ii]nstall/s);
    const error = await failureOf((await openTarget(phone.targetId)).putModel("package.json"));
    expect(error.message).toMatch(/no adb program.*[Ii]nstall/s);
    await until("the watcher's word", () => watch.problem !== null, 8000);
    expect(watch.targets.map(({ id }) => id)).toEqual(["local"]);
    expect(Date.now() - begun).toBeLessThan(10_000);

    process.env["PATH"] = path;
    await server.start();
    await server.connect(phone.serial);
    await watch.see("the phone again", phone.targetId, "ready");
    watch.stop();
  });

  test("something else listens on its port: said", async () => {
    const { createServer } = await import("node:net");
    const port = process.env["ANDROID_ADB_SERVER_PORT"];
    const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    try {
      process.env["ANDROID_ADB_SERVER_PORT"] = String((other.address() as { port: number }).port);
      const { adbProblem } = await surveyTargets();
      expect(adbProblem?.message).toMatch(/ANDROID_ADB_SERVER_PORT|no adb server/);
    } finally {
      process.env["ANDROID_ADB_SERVER_PORT"] = port;
      other.close();
    }
  });
});
