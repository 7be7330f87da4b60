import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { compare } from "../../../electron/runs/compare.js";
import type { RunRequest } from "../../../electron/runs/config.js";
import { startRun, type RunHooks } from "../../../electron/runs/execute.js";
import { parseRunRequest } from "../../../electron/runs/parse.js";
import { packWish } from "../../../electron/runs/run-pack.js";
import type { RunRecord } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { deviceFacts, modelFacts } from "./events.js";
import { FakeWorld, type FakeOptions } from "./fake-world.js";
import { keepMeasured, measuredProfile } from "./measured.js";

useTemporaryHome();
const MiB = 1024 ** 2;
const request: RunRequest = { model: "story", prompt: "Once", tokens: 4 };

async function run(change: Partial<RunRequest>, options: FakeOptions | FakeWorld = {}, hooks: RunHooks = {}) {
  const world = options instanceof FakeWorld ? options : new FakeWorld(options);
  const handle = await startRun({ ...request, ...change }, hooks, world);
  const summary = await handle.done;
  const record = JSON.parse(await readFile(join(handle.runDir, "run.json"), "utf8")) as RunRecord;
  return { world, summary, record };
}

/** The one load, whichever session it was made in. */
const loadOf = (world: FakeWorld) => world.sessions.flatMap(({ loads }) => loads)[0]!;

describe("a run streams from a pack", () => {
  it.each<[string, Partial<RunRequest>, Partial<typeof modelFacts>, "asked" | "suits" | "no"]>([
    ["not without a budget", {}, {}, "no"],
    ["under a budget, where few neurons fire", { memory: 64 * MiB }, {}, "suits"],
    ["not where that was refused", { memory: 64 * MiB, packed: false }, {}, "no"],
    ["not where every neuron fires", { memory: 64 * MiB }, { activation: "silu" }, "no"],
    ["where the activation is overridden", { memory: 64 * MiB, activation: "relu2" }, { activation: "silu" }, "suits"],
    ["not with several experts", { memory: 64 * MiB }, { experts: 8 }, "no"],
    ["where it is asked for, whatever fires", { packed: true }, { activation: "silu" }, "asked"],
    ["where one of its options is given", { off: ["cache"] }, {}, "asked"],
    ["always as LLM in a flash", { engine: "llmflash" }, { activation: "silu" }, "asked"],
    ["not with llama.cpp", { engine: "llama.cpp", memory: 64 * MiB }, {}, "no"],
  ])("%s", (_, change, facts, expected) => {
    expect(packWish(parseRunRequest({ ...request, ...change }), { ...modelFacts, ...facts }).pack).toBe(expected);
  });

  it("which is made where there is none, in an agent of its own", async () => {
    const phases = new Set<string>();
    const { world, summary, record } = await run(
      { memory: 64 * MiB },
      {},
      { onProgress: ({ phase }) => phases.add(phase) },
    );
    expect(summary).toMatchObject({ status: "done", warnings: [] });
    expect([...phases]).toEqual(["hashing", "pushing", "packing", "loading"]);
    expect(world.sessions.map(({ requests, closed }) => [requests.map(({ type }) => type), closed])).toEqual([
      [["check_pack", "pack"], 1],
      [["run"], 1],
    ]);
    const [path] = world.packed;
    expect(loadOf(world)).toMatchObject({ path, memory_bytes: 64 * MiB, stream: { predictor: true, cache: true } });
    expect(record).toMatchObject({
      model: { target_path: expect.stringMatching(/story\.gguf$/) as string },
      pack: { target_path: path, found: "missing", made: { bytes: 14_000_000 } },
    });
    const again = await run({ memory: 64 * MiB }, world);
    expect(again.record.pack).toEqual({ target_path: path, found: "current", made: null });
  });

  it("with the stages and limits that were chosen, kept with the run", async () => {
    const options: Partial<RunRequest> = {
      ...{ off: ["predictor", "pipeline"], eviction: "lru", cacheNeurons: 100, verifyReads: true, patience: 2.5 },
      ...{ reads: "two-phase", hotFrequency: 0.5, queueDepth: 16, ioCore: 3 },
    };
    const { world, record } = await run(options, { packState: "current" });
    expect(loadOf(world).stream).toEqual({
      ...{ predictor: false, bundles: true, cache: true, pipeline: false },
      ...{ eviction: "lru", cache_neurons: 100, verify_reads: true, patience_s: 2.5, io_core: 3 },
      ...{ two_phase: true, hot_frequency: 0.5, queue_depth: 16 },
    });
    expect(record.config).toMatchObject(options);
  });

  it("with what the planner chose where nobody else did", async () => {
    const twoCores = { ...deviceFacts, cores: [0, 1].map((id) => ({ id, max_mhz: 1000, class: "big" as const })) };
    await keepMeasured("local", measuredProfile, twoCores);
    const common = { memory: 256 * MiB, context: 128 };
    const heard: (object | string)[] = [];
    const hooks: RunHooks = {
      onForeseen: (prediction) => heard.push(prediction),
      onEvent: ({ kind }) => heard.push(kind),
    };
    const planned = await run(common, { packState: "current" }, hooks);
    expect(heard.slice(0, 2)).toEqual([planned.record.prediction, "started"]);
    expect(heard.filter((one) => typeof one === "object")).toHaveLength(1);
    expect(loadOf(planned.world).stream).toMatchObject({ io_core: 1 });
    expect(planned.record.planned).toEqual([
      { name: "io_core", value: 1, source: "assumed", reason: expect.stringContaining("computes nothing") as string },
      { name: "read_pattern", value: "whole bundle", source: "measured", reason: expect.any(String) as string },
      {
        name: "queue_depth",
        value: expect.any(Number) as number,
        source: "measured",
        reason: expect.any(String) as string,
      },
      {
        name: "hot_frequency",
        value: expect.any(Number) as number,
        source: "measured",
        reason: expect.any(String) as string,
      },
    ]);
    expect(loadOf(planned.world).stream).not.toHaveProperty("two_phase");
    expect(loadOf(planned.world).stream!.hot_frequency).toBe(planned.record.planned![3]!.value);
    expect(loadOf(planned.world).stream!.queue_depth).toBe(planned.record.planned![2]!.value);
    expect(planned.summary.predicted).toBeDefined();
    for (const [ioCore, sent] of [
      ["any", undefined],
      [0, 0],
    ] as const) {
      const chosen = await run({ ...common, ioCore }, { packState: "current" });
      expect(loadOf(chosen.world).stream?.io_core).toBe(sent);
      expect(chosen.record.planned).toMatchObject([
        { name: "read_pattern" },
        { name: "queue_depth" },
        { name: "hot_frequency" },
      ]);
    }
    const halves = await run(
      { ...common, reads: "two-phase", hotFrequency: 1, queueDepth: 8 },
      { packState: "current" },
    );
    expect(loadOf(halves.world).stream).toMatchObject({ two_phase: true, hot_frequency: 1, queue_depth: 8 });
    expect(halves.record.planned).toMatchObject([{ name: "io_core" }]);
    const crowded = await run({ ...common, cores: [0, 1] }, { packState: "current" });
    expect(loadOf(crowded.world).stream).not.toHaveProperty("io_core");
    expect(crowded.record.planned).toMatchObject([
      { name: "io_core", value: "any" },
      { name: "read_pattern" },
      { name: "queue_depth" },
      { name: "hot_frequency" },
    ]);
  });

  it("as LLM in a flash does it, in Phonon's own agent", async () => {
    const { world, summary, record } = await run({ engine: "llmflash", off: ["predictor"], cacheNeurons: 100 });
    expect(loadOf(world).stream).toEqual({
      ...{ predictor: false, bundles: true, cache: true, pipeline: false, eviction: "window", cache_neurons: 100 },
    });
    expect(world.sessions.map(({ engine }) => engine)).toEqual(["phonon", "phonon"]);
    expect([summary.engine, record.engine, record.config["engine"]]).toEqual(["llmflash", "llmflash", "llmflash"]);
  });

  it("beside LLM in a flash, each with what is its own", async () => {
    const world = new FakeWorld({ packState: "current" });
    const options = { ...request, off: ["bundle" as const], eviction: "lru" as const, patience: 3 };
    const { results } = await compare({ engines: ["phonon", "llmflash"], rounds: 1, run: options }, {}, world);
    expect(results.map(({ engine }) => engine)).toEqual(["phonon", "llmflash"]);
    const common = { predictor: true, bundles: false, cache: true, patience_s: 3 };
    expect(world.sessions.flatMap(({ loads }) => loads).map(({ stream }) => stream)).toEqual([
      { ...common, pipeline: true, eviction: "lru" },
      { ...common, pipeline: false, eviction: "window" },
    ]);
  });

  it("that was made of something else: it is packed again, and the run says so", async () => {
    const { summary, record } = await run({ packed: true }, { packState: "stale" });
    expect(summary.warnings).toEqual(["the model had changed since it was packed: it was packed again"]);
    expect(record.pack).toMatchObject({ found: "stale", made: { seconds: 2 } });
  });
});

describe("a run from memory", () => {
  const refused = new PhononError("unsupported_quantisation", "IQ2 cannot be packed");

  it("under a budget says why it does not stream", async () => {
    const { world, summary, record } = await run({ memory: 64 * MiB }, { facts: { activation: "silu" } });
    expect(summary.warnings).toEqual([
      "the model is not streamed from a pack, but runs from memory: with silu every neuron fires",
    ]);
    expect(loadOf(world).path).toMatch(/story\.gguf$/);
    expect(loadOf(world).stream).toBeUndefined();
    expect(record.pack).toBeNull();
    const experts = await run({ memory: 64 * MiB }, { facts: { experts: 8 } });
    expect(experts.summary.warnings[0]).toContain("its layers have 8 experts");
  });

  it("is what comes of a model that the agent cannot pack, unless a pack was asked for", async () => {
    const { world, summary } = await run({ memory: 64 * MiB }, { fail: { pack: refused } });
    expect(summary).toMatchObject({ status: "done" });
    expect(summary.warnings[0]).toContain("IQ2 cannot be packed");
    expect(world.sessions.every(({ closed }) => closed === 1)).toBe(true);
    const asked = await run({ packed: true }, { fail: { pack: refused } });
    expect(asked.summary).toMatchObject({ status: "failed", reason: "unsupported_quantisation" });
  });
});

describe("a run that streams", () => {
  it("is not begun where there is no room for its pack", async () => {
    const fail = { pack: new PhononError("no_space", "14000000 bytes are needed; 10 are free") };
    const { world, summary } = await run({ memory: 64 * MiB }, { fail });
    expect(summary).toMatchObject({ status: "failed", reason: "no_space", message: fail.pack.message });
    expect(world.sessions).toHaveLength(1);
  });

  it("is cancelled while it packs", async () => {
    const stop = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => phase === "packing" && stop.abort();
    const { world, summary } = await run({ packed: true }, { hang: "pack" }, { signal: stop.signal, onProgress });
    expect(summary).toMatchObject({ status: "cancelled" });
    expect(world.sessions.map(({ closed }) => closed)).toEqual([1]);
  });

  it("names the smallest budget that works", async () => {
    const message = "story.pack: 16 MiB are too little; the smallest that works here is 61 MiB";
    const { summary } = await run(
      { memory: 16 * MiB },
      { fail: { load: new PhononError("budget_too_small", message) } },
    );
    expect(summary).toMatchObject({ status: "failed", reason: "budget_too_small", message });
  });

  it("says how a damaged pack is made anew", async () => {
    const fail = { load: new PhononError("pack_corrupt", "a checksum differs") };
    const { summary } = await run({ packed: true }, { fail, packState: "current" });
    expect(summary.message).toMatch(/^a checksum differs\. `phonon pack .*story\.gguf --target local --force` makes/);
  });

  it("is compared with llama.cpp, which gets the model itself", async () => {
    const world = new FakeWorld();
    const shared = { ...request, memory: 64 * MiB, off: ["bundle" as const] };
    await compare({ engines: ["llama.cpp", "phonon"], rounds: 1, run: shared }, {}, world);
    for (const { engine, loads } of world.sessions) {
      for (const load of loads) {
        expect(load.path).toMatch(engine === "phonon" ? /\.pack$/ : /story\.gguf$/);
        if (engine === "phonon") expect(load.stream).toMatchObject({ bundles: false, predictor: true });
        else expect(load.stream).toBeUndefined();
      }
    }
    expect(world.sessions.filter(({ requests }) => requests.some(({ type }) => type === "pack"))).toHaveLength(1);
  });
});
