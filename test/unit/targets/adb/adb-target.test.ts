import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AgentSession } from "../../../../electron/agent/session.js";
import { AdbTarget } from "../../../../electron/targets/adb/adb-target.js";
import { codeOf } from "../codes.js";
import { FakeAdb } from "../fake-adb.js";

let adb: FakeAdb;
let folder: string;
let target: AdbTarget;
let session: AgentSession | undefined;

const program = fileURLToPath(new URL("../agent-program.mjs", import.meta.url));

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.setDevice("A1", "device");
  adb.commands.set("getprop", "phonon-property:ro.product.cpu.abi\nx86_64\nphonon-property:ro.product.model\nTest\n");
  adb.commands.set("cat /proc/cpuinfo", "flags : avx avx2 bmi1 bmi2 f16c fma abm movbe\n");
  folder = await mkdtemp(join(tmpdir(), "phonon-target-"));
  vi.stubEnv("PHONON_HOME", join(folder, "home"));
  vi.stubEnv("PHONON_AGENTS", folder);
  vi.stubEnv("PHONON_TEST_LOG", join(folder, "log"));
  await mkdir(join(folder, "x86_64"));
  for (const name of ["phonon-agent", "phonon-llama-v3"]) {
    await copyFile(program, join(folder, "x86_64", name));
    await chmod(join(folder, "x86_64", name), 0o755);
  }
  target = new AdbTarget("A1");
});
afterEach(async () => {
  await session?.close();
  session = undefined;
  vi.unstubAllEnvs();
  for (const { pid } of await log()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
  await adb.stop();
  await rm(folder, { recursive: true });
});

async function log(): Promise<{ pid: number; args: string[] }[]> {
  const text = await readFile(join(folder, "log"), "utf-8").catch(() => "");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as { pid: number; args: string[] }]));
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("openAgent", () => {
  it("deploys once, starts, greets; closing leaves nothing", async () => {
    session = await target.openAgent({ engine: "phonon", leaseSeconds: 30 });
    expect(session.greeting.engine).toBe("phonon");
    expect(await session.request({ type: "renew" })).toEqual({});
    const [started] = await log();
    expect(started?.args.join(" ")).toMatch(
      /^serve --socket @phonon-[0-9a-f]{24} --dir .*\/sessions\/[0-9a-f]{24} --daemon --lease 30$/,
    );
    expect(adb.forwards.size).toBe(1);
    const requests = adb.requests.join("\n");
    expect(requests).not.toMatch(/[0-9a-f]{64}(?!\.)\b.*serve/); // the token is no argument
    await session.close();
    await expect.poll(() => alive(started!.pid)).toBe(false);
    expect(adb.forwards.size).toBe(0);
    expect(await readdir(adb.path("phonon/sessions"))).toEqual([]);
    const pushed = adb.requests.filter((r) => r === "sync:").length;
    session = await target.openAgent({ engine: "phonon" });
    expect(adb.requests.filter((r) => r === "sync:").length).toBe(pushed);
    expect((await readdir(adb.path("phonon/bin")))[0]).toMatch(/^[0-9a-f]{12}-phonon-agent$/);
  });

  it("chooses llama.cpp's level, and gives errors for others", async () => {
    session = await target.openAgent({ engine: "llama.cpp" });
    expect(session.greeting.engine).toBe("llama.cpp");
    expect((await readdir(adb.path("phonon/bin")))[0]).toMatch(/phonon-llama-v3$/);
    expect(await codeOf(target.openAgent({ engine: "llama.cpp", level: "v4vnni" }))).toBe("unsupported_cpu");
    expect(await codeOf(target.openAgent({ engine: "llama.cpp", level: "v9" }))).toBe("unknown_level");
    adb.commands.set("cat /proc/cpuinfo", "flags : sse2\n");
    expect(await codeOf(target.openAgent({ engine: "llama.cpp" }))).toBe("unsupported_cpu");
    adb.commands.set("getprop", "phonon-property:ro.product.cpu.abi\narmeabi-v7a\n");
    await expect(target.openAgent({ engine: "phonon" })).rejects.toThrow("npm run setup");
  });

  it("says what an agent says that does not start", async () => {
    vi.stubEnv("PHONON_TEST_AGENT", "dies");
    await expect(target.openAgent({ engine: "phonon" })).rejects.toThrow("did not start: cannot bind: no such device");
    expect(adb.forwards.size).toBe(0);
  });

  it("gives its forward back when the session cannot be opened", async () => {
    await writeFile(
      join(folder, "x86_64", "phonon-agent"),
      (await readFile(program, "utf-8")).replace('"0.1.0", build', '"9", build'),
    );
    expect(await codeOf(target.openAgent({ engine: "phonon" }))).toBe("protocol_version");
    expect(adb.forwards.size).toBe(0);
  });

  it("survives an unplug: the forward is made again", async () => {
    session = await target.openAgent({ engine: "phonon" });
    adb.setDevice("A1", null);
    adb.dropConnections();
    setTimeout(() => adb.setDevice("A1", "device"), 500);
    expect(await session.request({ type: "renew" })).toEqual({});
    expect(adb.forwards.size).toBe(1);
  });

  it("notices that the agent was killed", async () => {
    session = await target.openAgent({ engine: "phonon" });
    await session.cancel("any"); // the test's program kills itself
    expect(await codeOf(session.request({ type: "renew" }))).toBe("agent_gone");
  });

  it("reads what the agent's keeper left there", async () => {
    vi.stubEnv("PHONON_TEST_AGENT", "leaves words");
    session = await target.openAgent({ engine: "phonon" });
    await session.cancel("any");
    const gone = session.request({ type: "renew" });
    await expect(gone).rejects.toMatchObject({ code: "out_of_memory", message: "It needed more than 256 MiB." });
  });

  it.each([
    ["unauthorized", "device_unauthorized"],
    ["offline", "device_offline"],
    ["no permissions (user)", "device_no_permission"],
    [null, "device_missing"],
  ])("refuses a phone that is %s", async (state, code) => {
    adb.setDevice("A1", state);
    expect(await codeOf(target.openAgent({ engine: "phonon" }))).toBe(code);
    expect(await codeOf(target.putModel(program))).toBe(code);
  });
});

describe("the rest of a phone", () => {
  it("is described", async () => {
    adb.commands.set("cpufreq", "cpu0 1800000\ncpu1\n");
    adb.commands.set("meminfo", "MemTotal: 8000000 kB\n");
    expect(await target.info()).toMatchObject({
      ...{ id: "adb:A1", kind: "adb", state: "ready", name: "Test", abi: "x86_64", memoryBytes: 8192000000 },
      cores: [
        { id: 0, maxMhz: 1800 },
        { id: 1, maxMhz: null },
      ],
    });
    adb.setDevice("A1", "unauthorized");
    expect(await target.info()).toMatchObject({ state: "unauthorized", name: "A1", abi: null });
  });

  it("is checked", async () => {
    adb.commands.set("dumpsys battery", "  level: 50\n  status: 3\n");
    adb.commands.set("dumpsys thermalservice", { status: 127, output: "dumpsys: not found" });
    const checks = await target.preflight();
    expect(checks.map((c) => [c.name, c.status])).toEqual([
      ["authorised", "ok"],
      ["ABI", "ok"],
      ["agent", "ok"],
      ["free space", "ok"],
      ["battery", "ok"],
      ["thermal state", "warn"],
      ["writable folder", "ok"],
    ]);
    expect(await target.sampleBattery()).toMatchObject({ battery: { percent: 50, charging: false }, temps: [] });
    adb.setDevice("A1", "unauthorized");
    const [refused, ...others] = await target.preflight();
    expect(refused).toMatchObject({ name: "authorised", status: "fail" });
    expect(refused?.remedy).toMatch(/accept/);
    expect(others).toEqual([]);
  });

  it("is left as it was found", async () => {
    const model = await target.putModel(program);
    expect(model).toMatch(/^\/data\/local\/tmp\/phonon\/models\/[0-9a-f]{64}\.gguf$/);
    const pack = await target.packPath(`${"ab".repeat(32)}.pack`);
    expect(pack).toMatch(/^\/data\/local\/tmp\/phonon\/packs\/[0-9a-f]{64}\.pack$/);
    await target.removePack(`${"ab".repeat(32)}.pack`);
    await target.cleanup();
    expect(await readdir(adb.path("phonon"))).toEqual(["models", "packs"]);
    await target.cleanup({ models: true });
    expect(await readdir(adb.path(""))).toEqual([]);
  });
});
