import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { PhononError } from "../../../electron/base/errors.js";
import { PackClock } from "../../../electron/runs/pack-clock.js";
import { describeOptions, pack, type PackRequest } from "../../../electron/runs/pack.js";
import { keepPack, readPack } from "../../../electron/store/index.js";
import type { Progress } from "../../../electron/targets/target.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf, packEventsOf } from "./events.js";
import { FakeWorld } from "./fake-world.js";

const home = useTemporaryHome();
const story = "d71480f47a5305975626741d5d3f38c8704c3d2aeeeb1947f7205541f45122b2";
const request: PackRequest = { target: "adb:A", model: "story" };
const place = `/remote/packs/${story}.pack`;

/** What each session was asked for, but whether there is a pack. */
const packings = (world: FakeWorld) => world.sessions.flatMap((s) => s.requests.filter((r) => r.type === "pack"));

describe("packing", () => {
  it("brings the model there, packs it, and keeps what was measured", async () => {
    const world = new FakeWorld();
    const told: Progress[] = [];
    const result = await pack(request, { onProgress: (progress) => told.push(progress) }, world);
    expect(result).toMatchObject({ target: "adb:A", pack: place, found: "missing", made: true, warnings: [] });
    expect(packings(world)).toEqual([
      expect.objectContaining({ model: expect.stringMatching(/^\/remote.*story\.gguf$/) as string, pack: place }),
    ]);
    expect(packings(world)[0]).toMatchObject({ energy_share: 0.995, seed: 1 });
    expect(told.map(({ phase }) => phase)).toContain("packing");
    expect(world.sessions[0]!.closed).toBe(1);
    const kept = await readPack("adb:A", `${story}.pack`);
    expect(kept).toEqual(result.record);
    expect(kept).toMatchObject({ bytes: 14_000_000, predictor: { energy: 0.996 }, options: { text: null } });
  });

  it("does nothing where the pack is current, unless it is forced", async () => {
    const world = new FakeWorld();
    const first = await pack(request, {}, world);
    const second = await pack(request, {}, world);
    expect(second).toMatchObject({ found: "current", made: false, record: first.record });
    expect(packings(world)).toHaveLength(1);
    expect(await pack({ ...request, force: true }, {}, world)).toMatchObject({ found: "current", made: true });
    expect(packings(world)).toHaveLength(2);
  });

  it("takes its options, and a text of its own", async () => {
    const world = new FakeWorld();
    const text = join(home(), "book.txt");
    await writeFile(text, "Once upon a time");
    const options = { energy: 0.9, sparsity: 0.5, requantise: "q4_0", seed: 5, activation: "silu" } as const;
    const chosen = { text, ...options, predictor: "low-rank" } as const;
    const { record, pack: path } = await pack({ ...request, ...chosen }, {}, world);
    expect(path).toBe(`/remote/packs/${story}-silu.pack`);
    expect(packings(world)[0]).toMatchObject({
      text_path: `/remote${text}`,
      energy_share: 0.9,
      sparsity: 0.5,
      requantise: "q4_0",
      seed: 5,
      activation: "silu",
      predictor: "low-rank",
    });
    expect(record!.options).toMatchObject({
      text: { path: text },
      energy: 0.9,
      sparsity: 0.5,
      requantise: "q4_0",
      seed: 5,
      activation: "silu",
      predictor: "low-rank",
    });
    expect(await pack({ ...request, ...chosen }, {}, world)).toMatchObject({ made: false });
  });

  it("says that the pack there was made with other options, rather than to pass for it", async () => {
    const world = new FakeWorld();
    await pack(request, {}, world);
    await expect(pack({ ...request, energy: 0.9 }, {}, world)).rejects.toMatchObject({
      code: "pack_differs",
      message: expect.stringContaining("a text that it wrote itself (seed 1) and 99.5 % of the energy kept") as string,
    });
    await expect(pack({ ...request, sparsity: 0.5 }, {}, world)).rejects.toMatchObject({ code: "pack_differs" });
    await expect(pack({ ...request, predictor: "two-bit" }, {}, world)).rejects.toMatchObject({ code: "pack_differs" });
    await expect(pack({ ...request, requantise: "q4_0" }, {}, world)).rejects.toMatchObject({ code: "pack_differs" });
    const forced = await pack({ ...request, energy: 0.9, force: true }, {}, world);
    expect(forced.record!.options.energy).toBe(0.9);
  });

  it("knows nothing of a pack that was made from elsewhere, but that it is current", async () => {
    const world = new FakeWorld({ packState: "current" });
    expect(await pack(request, {}, world)).toMatchObject({ found: "current", made: false, record: null });
    await expect(pack({ ...request, seed: 2 }, {}, world)).rejects.toThrow("options that are not known here");
  });

  it.each([
    ["stale", "the model had changed since it was packed: it was packed again"],
    ["unreadable", "its pack was damaged or of another version: it was packed again"],
  ] as const)("replaces a pack that is %s, and says so", async (packState, warning) => {
    const world = new FakeWorld({ packState });
    expect(await pack(request, {}, world)).toMatchObject({ found: packState, made: true, warnings: [warning] });
  });

  it("removes the pack of what the model's file held before", async () => {
    const { record } = await pack(request, {}, new FakeWorld());
    const old = { ...record!, name: `${"0".repeat(64)}.pack` };
    await keepPack(old);
    await keepPack({ ...old, target: "local" });
    await keepPack({ ...old, name: `${"1".repeat(64)}.pack`, model: "/another.gguf" });
    const world = new FakeWorld();
    const { warnings } = await pack({ ...request, force: true }, {}, world);
    expect(warnings).toEqual(["the model had changed since it was packed: its old pack was replaced"]);
    expect(world.removedPacks).toEqual([old.name]);
    expect(await readPack("adb:A", old.name)).toBeNull();
    expect(await readPack("local", old.name)).not.toBeNull();
  });

  it("says what the pack costs, where another packing was gone on with, and what the agent warns of", async () => {
    const [progress, packed, ended] = packEventsOf() as [AgentEvent, AgentEvent, AgentEvent];
    const quality = { kl_mean: 0.0125, top1_agreement: 0.96 };
    const events: AgentEvent[] = [
      progress,
      { ...progress, seq: 2, kind: "warning", code: "pack", message: "from the start" },
      { ...packed, seq: 3, quality, resumed_layers: 4 } as AgentEvent,
      { ...ended, seq: 4 },
    ];
    const world = new FakeWorld({ pack: events });
    const result = await pack({ ...request, requantise: "down-q8_0" }, {}, world);
    expect(result).toMatchObject({ made: true, resumed_layers: 4, warnings: ["from the start"], record: { quality } });
    expect((await readPack("adb:A", `${story}.pack`))!.quality).toEqual(quality);
    expect(describeOptions(result.record!.options)).toMatch(/, requantised \(down-q8_0\)$/);
    const plain = await pack({ ...request, force: true }, {}, new FakeWorld());
    expect(plain.record).not.toHaveProperty("quality");
    expect(plain.resumed_layers).toBe(0);
  });

  it("fails with the agent's reason, and keeps no record", async () => {
    const ended = eventsOf({ run: "K1" }).at(-1)! as Extract<AgentEvent, { kind: "ended" }>;
    const failed = { ...ended, seq: 1, status: "failed" as const, reason: "no_space", message: "10 bytes are free" };
    const world = new FakeWorld({ pack: [failed] });
    await expect(pack(request, {}, world)).rejects.toMatchObject({ code: "no_space", message: "10 bytes are free" });
    expect(world.sessions[0]!.closed).toBe(1);
    expect(await readPack("adb:A", `${story}.pack`)).toBeNull();
    const busy = new FakeWorld({ fail: { pack: new PhononError("unsupported_model", "8 experts") } });
    await expect(pack(request, {}, busy)).rejects.toMatchObject({ code: "unsupported_model" });
    expect(busy.sessions[0]!.closed).toBe(1);
  });

  it("can be cancelled", async () => {
    const world = new FakeWorld({ hang: "pack" });
    const stop = new AbortController();
    const packing = pack(request, { signal: stop.signal, onStep: () => stop.abort() }, world);
    await expect(packing).rejects.toMatchObject({ code: "cancelled", message: "packing was cancelled" });
    expect(world.sessions[0]!.closed).toBe(1);
    expect(await readPack("adb:A", `${story}.pack`)).toBeNull();
  });

  it("takes a damaged record for none", async () => {
    const world = new FakeWorld();
    await pack(request, {}, world);
    await writeFile(join(home(), "packed", `adb%3AA-${story}.pack.json`), "{");
    expect(await pack(request, {}, world)).toMatchObject({ found: "current", made: false, record: null });
  });
});

it("the time that is left is that of the steps that go on", () => {
  const clock = new PackClock();
  const eta = (what: string, done: number, t_ms: number) => clock.progress({ what, done, total: 10, t_ms }).etaSeconds;
  expect(eta("writing", 0, 0)).toBeNull();
  expect(eta("writing", 2, 1000)).toBe(4);
  expect(eta("layer 1 of 6", 4, 2000)).toBeNull();
  expect(eta("layer 2 of 6", 5, 5000)).toBe(15);
  expect(packEventsOf().map(({ kind }) => kind)).toEqual(["pack_progress", "packed", "ended"]);
});
