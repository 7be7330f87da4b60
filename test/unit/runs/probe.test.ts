import { describe, expect, it } from "vitest";
import type { AgentEvent, HardwareProfile } from "../../../electron/agent/messages.js";
import { probe } from "../../../electron/runs/probe.js";
import { keepProfile, readProfile } from "../../../electron/store/index.js";
import { truncate, writeFile } from "node:fs/promises";
import { useTemporaryHome } from "../home.js";
import { deviceFacts, eventsOf } from "./events.js";
import { FakeWorld } from "./fake-world.js";

useTemporaryHome();

const profile: HardwareProfile = {
  kernels: "neon-dotprod",
  cores: [7],
  seconds: 30,
  flash: {
    backend: "aio",
    direct: true,
    note: "",
    file_bytes: 1 << 30,
    write_bytes_per_s: 1e9,
    read_core_us: null,
    points: [],
  },
  memory: [{ threads: 1, bytes_per_s: 2e10 }],
  products: [],
  skipped: ["products: Q6_K rows, 4096 x 4096, batch 1, 1 thread"],
};
const ended = eventsOf({ run: "R", engine: "phonon" }).at(-1)! as Extract<AgentEvent, { kind: "ended" }>;
const head = { type: "event", run: "R", t_ms: 1 } as const;
const measured: AgentEvent[] = [
  { ...head, seq: 1, kind: "probe_progress", done: 0, total: 2, what: "flash" },
  { ...head, seq: 2, kind: "probed", profile },
  { ...ended, seq: 3 },
];

describe("probe", () => {
  it("measures on the target's storage, and keeps what came", async () => {
    const world = new FakeWorld({ probe: measured });
    const told: string[] = [];
    const result = await probe(
      { target: "adb:A/1", flashBytes: 1 << 29 },
      { onMeasurement: ({ what }) => told.push(what) },
      world,
    );
    expect(told).toEqual(["flash"]);
    expect(result.record).toMatchObject({ target: "adb:A/1", agent_build: "build-1", profile });
    expect(world.sessions[0]!.requests[0]).toMatchObject({
      type: "probe",
      folder: "/remote/store",
      flash_bytes: 1 << 29,
    });
    expect(world.sessions[0]!.closed).toBe(1);
    expect(await readProfile("adb:A/1")).toMatchObject({ target: "adb:A/1", profile, device: deviceFacts });
    expect(await readProfile("local")).toBeUndefined();
  });

  it("fails with the agent's reason, and keeps what was measured before", async () => {
    await probe({ target: "local" }, {}, new FakeWorld({ probe: measured }));
    const failed: AgentEvent = { ...ended, seq: 1, status: "failed", reason: "no_space", message: "the disk is full" };
    const world = new FakeWorld({ probe: [failed] });
    await expect(probe({ target: "local" }, {}, world)).rejects.toMatchObject({
      code: "no_space",
      message: "the disk is full",
    });
    expect(world.sessions[0]!.closed).toBe(1);
    expect(await readProfile("local")).toMatchObject({ profile });
  });

  it("does not start on a target that is not ready", async () => {
    const world = new FakeWorld({
      checks: [{ name: "space", status: "fail", detail: "none is left", remedy: "Free some" }],
    });
    await expect(probe({ target: "local" }, {}, world)).rejects.toMatchObject({
      code: "preflight",
      message: "Target local is not ready. space: none is left. Free some.",
    });
    expect(world.sessions).toEqual([]);
  });
});

describe("a kept profile", () => {
  const record = {
    target: "local",
    measured_at: "2026-01-02T03:04:05.000Z",
    agent_build: "b",
    device: deviceFacts,
    profile,
  };

  it("that is damaged is named, with what makes it anew", async () => {
    const file = await keepProfile(record);
    await writeFile(file, '{"version":1,"profile":{}}');
    await expect(readProfile("local")).rejects.toMatchObject({ code: "profile_damaged" });
    await writeFile(file, "{");
    await expect(readProfile("local")).rejects.toThrow("phonon probe --target local");
  });

  it("that is too large for one is not read", async () => {
    const file = await keepProfile(record);
    await truncate(file, 17 * 1024 ** 2);
    await expect(readProfile("local")).rejects.toMatchObject({
      code: "profile_damaged",
      cause: expect.objectContaining({ message: expect.stringContaining("more than") as string }) as Error,
    });
  });

  it("of an agent that did not tell what it skipped is read as one that skipped nothing", async () => {
    const file = await keepProfile(record);
    const { skipped, ...before } = profile;
    expect(skipped).toHaveLength(1);
    await writeFile(file, JSON.stringify({ version: 1, ...record, profile: before }));
    expect((await readProfile("local"))?.profile).toEqual({ ...before, skipped: [] });
  });
});
