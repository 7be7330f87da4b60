import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hostAbi } from "../../../electron/agent/builds.js";
import type { AgentSession } from "../../../electron/agent/session.js";
import { LocalTarget } from "../../../electron/targets/local.js";
import { codeOf } from "./codes.js";

const program = fileURLToPath(new URL("agent-program.mjs", import.meta.url));
const linux = process.platform === "linux";

let folder: string;
let temporary: string;
let session: AgentSession | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonon-local-"));
  temporary = join(folder, "tmp");
  await mkdir(temporary);
  await mkdir(join(folder, hostAbi()!));
  await copyFile(program, join(folder, hostAbi()!, "phonon-agent"));
  await chmod(join(folder, hostAbi()!, "phonon-agent"), 0o755);
  vi.stubEnv("PHONON_AGENTS", folder);
  vi.stubEnv("PHONON_TEST_LOG", join(folder, "log"));
  vi.stubEnv("TMPDIR", temporary);
});
afterEach(async () => {
  await session?.close();
  session = undefined;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Of the agents that came to write; one that was ended at once may not have. */
const pids = async (): Promise<number[]> =>
  (await readFile(join(folder, "log"), "utf-8").catch(() => ""))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { pid: number }).pid);

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const nothingLeft = async (): Promise<void> => {
  expect(await readdir(temporary)).toEqual([]);
  for (const pid of await pids()) expect(alive(pid)).toBe(false);
};

describe.runIf(linux)("the local target", () => {
  it("starts an agent in a folder of its own and leaves nothing behind", async () => {
    session = await new LocalTarget().openAgent({ engine: "phonon", leaseSeconds: 30 });
    const [name] = await readdir(temporary);
    expect((await stat(join(temporary, name!))).mode & 0o777).toBe(0o700);
    const [pid] = await pids();
    // The token, 64 digits, is nowhere where others could read it.
    expect(execFileSync("ps", ["-o", "args=", "-p", String(pid)]).toString()).not.toMatch(/[0-9a-f]{64}/);
    expect(session.greeting.pid).toBe(pid);
    await session.close();
    await nothingLeft();
  });

  it("ends an agent that does not want to end", { timeout: 20_000 }, async () => {
    vi.stubEnv("PHONON_TEST_AGENT", "ignores signals");
    session = await new LocalTarget().openAgent({ engine: "phonon" });
    await session.close();
    await nothingLeft();
  });

  it("says how the agent ended", async () => {
    session = await new LocalTarget().openAgent({ engine: "phonon" });
    await session.cancel("any"); // the test's program kills itself
    await expect(session.request({ type: "renew" })).rejects.toThrow("SIGKILL");
    await session.close();
    await nothingLeft();
  });

  it("says what the agent's keeper says: that it wanted for memory", async () => {
    vi.stubEnv("PHONON_TEST_AGENT", "leaves words");
    session = await new LocalTarget().openAgent({ engine: "phonon" });
    await session.cancel("any");
    const gone = session.request({ type: "renew" });
    await expect(gone).rejects.toMatchObject({ code: "out_of_memory", message: "It needed more than 256 MiB." });
    await session.close();
    await nothingLeft();
  });

  it("says what an agent says that does not start", async () => {
    vi.stubEnv("PHONON_TEST_AGENT", "dies");
    await expect(new LocalTarget().openAgent({ engine: "phonon" })).rejects.toThrow("cannot bind: no such device");
    await nothingLeft();
  });

  it("does not wait for an agent when its caller gives up", async () => {
    vi.stubEnv("PHONON_TEST_AGENT", "never listens");
    const signal = AbortSignal.timeout(300);
    await expect(new LocalTarget().openAgent({ engine: "phonon", signal })).rejects.toThrow("timeout");
    await nothingLeft();
  });

  it("says what to do where agents are not built or cannot be run", async () => {
    await chmod(join(folder, hostAbi()!, "phonon-agent"), 0o644);
    expect(await codeOf(new LocalTarget().openAgent({ engine: "phonon" }))).toBe("agent_failed");
    await rm(join(folder, hostAbi()!, "phonon-agent"));
    await expect(new LocalTarget().openAgent({ engine: "phonon" })).rejects.toThrow("npm run setup");
    expect(await readdir(temporary)).toEqual([]);
    const checks = await new LocalTarget().preflight();
    expect(checks.find((c) => c.name === "agent")).toMatchObject({ status: "fail", remedy: "Run `npm run setup`." });
  });

  it("describes this computer and its files", async () => {
    const target = new LocalTarget();
    const info = await target.info();
    expect(info).toMatchObject({ id: "local", kind: "local", state: "ready", abi: hostAbi() });
    expect(info.cores.length).toBeGreaterThan(0);
    expect(await target.putModel(program)).toBe(program);
    vi.stubEnv("PHONON_HOME", join(folder, "home"));
    const name = `${"ab".repeat(32)}-relu.pack`;
    const pack = await target.packPath(name);
    expect(pack).toBe(join(folder, "home", "packs", name));
    await copyFile(program, pack); // its folder is there
    for (const left of [".part", ".state", ".state.part"]) await copyFile(program, pack + left);
    await target.removePack(name);
    await target.removePack(name);
    expect(await readdir(join(folder, "home", "packs"))).toEqual([]);
    await expect(target.packPath("../x.pack")).rejects.toThrow("no pack's name");
    expect(await codeOf(target.putModel(join(folder, "none")))).toBe("file_missing");
    expect(await codeOf(target.putModel(folder))).toBe("file_invalid");
  });

  it("is refused elsewhere", () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
    Object.defineProperty(process, "platform", { ...platform, value: "darwin" });
    try {
      expect(() => new LocalTarget()).toThrow('The target "local" needs Linux');
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });
});
