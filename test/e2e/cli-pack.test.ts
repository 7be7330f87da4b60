/** Packs and runs from them, on this computer, with the built agents: the story model and small synthetic ones. */
import { readFile, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runSummarySchema, type RunSummary } from "../../electron/runs/config.js";
import type { RunRecord } from "../../electron/store/index.js";
import { interruptAt, useCli } from "./cli.js";

interface Packed {
  found: string;
  made: boolean;
  pack: string;
  bytes: number | null;
  profile: { tokens: number; active: number } | null;
  predictor: { let_through: number; recall: number; energy: number; layers: { kind: string }[] } | null;
  quality: { kl_mean: number; top1_agreement: number } | null;
  warnings: string[];
}

const cli = useCli();

const packs = () => readdir(join(cli().home, "packs"));
const work = ["--tokens", "48", "--greedy", "--prompt", "Once upon a time"];
const run = async (...args: string[]): Promise<RunSummary> =>
  runSummarySchema.parse(await cli().json("run", ...work, ...args));

/** A small sparse model under `name`, replaced if it is there. */
async function synth(name: string, ...options: string[]): Promise<string> {
  const out = join(cli().home, name);
  const shape = ["--shape", "tiny", "--architecture", "smallthinker", "--quant", "Q8_0", "--force"];
  await cli().json("synth", ...shape, "--out", out, ...options);
  return out;
}

describe("phonon pack", () => {
  it("packs a model once, and says what the pack holds", async () => {
    const first = await cli().run("pack", "story");
    expect(first).toMatchObject({ status: 0 });
    expect(first.err).toMatch(/packing, layer 6 of 6: \d+ %/);
    expect(first.out).toMatch(/^size +1\d\.\d MiB, packed in .*\/s$/m);
    expect(first.out).toMatch(/^profile +1,024 tokens .* [\d.]+ % of the neurons fire$/m);
    expect(first.out).toMatch(/^predictor +lets [\d.]+ % of the neurons through/m);
    expect(first.out).toMatch(/^predictors +.*KiB in all; a token foreseen to cost \d+ us of a core$/m);
    const second = await cli().json<Packed>("pack", "story");
    expect(second).toMatchObject({ found: "current", made: false, profile: { tokens: 1024 }, warnings: [] });
    expect(second.predictor!.energy).toBeGreaterThan(0.99);
    const other = await cli().run("pack", "story", "--energy", "0.9");
    expect(other).toMatchObject({ status: 1, err: expect.stringContaining("--force packs it again") as string });
    const forced = await cli().json<Packed>("pack", "story", "--energy", "0.9", "--predictor", "low-rank", "--force");
    expect(forced).toMatchObject({ found: "current", made: true });
    expect(forced.predictor!.layers).toHaveLength(6);
    for (const layer of forced.predictor!.layers) expect(layer).toMatchObject({ kind: "low-rank" });
    const inspected = await cli().json<{ predictors: { kind: string }[] }>("inspect", forced.pack);
    expect(inspected.predictors).toEqual(
      forced.predictor!.layers.map(({ kind }) => expect.objectContaining({ kind }) as object),
    );
    expect(forced.predictor!.let_through).toBeLessThan(second.predictor!.let_through);
    expect(await packs()).toHaveLength(1);
  });

  it("profiles with a text that is given", async () => {
    const text = join(cli().home, "book.txt");
    await writeFile(text, "Once upon a time there was a little girl who lived in a village. ".repeat(100));
    expect(await cli().json<Packed>("pack", "story", "--text", text)).toMatchObject({ found: "missing", made: true });
  });

  it("requantises where that is asked for, and says what it costs", async () => {
    const plain = await cli().json<Packed>("pack", "story");
    expect(plain.quality).toBeNull();
    const small = await cli().run("pack", "story", "--requantise", "q4_0", "--force");
    expect(small).toMatchObject({ status: 0 });
    expect(small.out).toMatch(/^quality +[\d.e-]+ nats a token from .*; after [\d.]+ % of the tokens/m);
    expect(small.out).toMatch(/^asked for .*, requantised \(q4_0\)$/m);
    const { quality, bytes, pack } = await cli().json<Packed>("pack", "story");
    expect(bytes).toBeLessThan(plain.bytes!);
    expect(quality!.kl_mean).toBeGreaterThan(0);
    expect(quality!.kl_mean).toBeLessThan(0.2);
    const { out } = await cli().run("inspect", pack);
    expect(out).toMatch(/^file .*requantised \(q4_0\), [\d.e-]+ nats a token from its model\)/m);
    expect((await run("--packed", "--verify-reads")).status).toBe("done");
  });

  it("refuses what cannot be packed, and leaves nothing", async () => {
    const moe = await synth("moe.gguf", "--experts", "8", "--experts-used", "2");
    expect(await cli().run("pack", moe)).toMatchObject({
      status: 1,
      err: expect.stringContaining("cannot be packed: its layers have 8 experts") as string,
    });
    expect(await packs()).toEqual([]);
    const asked = await cli().run("run", "--model", moe, "--packed", "--prompt-tokens", "4", "--tokens", "2");
    expect(asked).toMatchObject({ status: 1, err: expect.stringContaining("8 experts") as string });
    const budget = ["--memory", "400M", "--enforce", "none", "--prompt-tokens", "4", "--tokens", "2"];
    const { warnings, status } = await cli().json<RunSummary>("run", "--model", moe, ...budget);
    expect(status).toBe("done");
    expect(warnings).toEqual([
      "the model is not streamed from a pack, but runs from memory: its layers have 8 experts",
    ]);
  });

  it("is cancelled by Ctrl-C, and leaves no pack", async () => {
    const packing = cli().start(["pack", "story"]);
    interruptAt(packing, "packing");
    const { status, err } = await packing.finished;
    expect(status).toBe(1);
    expect(err).toContain("cancelled");
    expect((await packs()).filter((name) => !name.endsWith(".part"))).toEqual([]);
    expect(await cli().json<Packed>("pack", "story")).toMatchObject({ found: "missing", made: true });
    expect(await packs()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.pack$/)]);
  });
});

describe("a run from a pack", () => {
  it("says the same as one from memory when every gate is computed, whatever stages are off", async () => {
    const memory = await run();
    expect(memory.stream).toBeUndefined();
    for (const off of ["predictor", "predictor,pipeline", "predictor,bundle", "predictor,bundle,cache,pipeline"]) {
      const packed = await run("--packed", "--off", off, "--verify-reads");
      expect(packed.tokens).toEqual(memory.tokens);
      expect(packed.stream!.per_token.candidates).toBe(6 * 1024);
    }
  });

  it("reads what fires, and says what that took", async () => {
    const summary = await run("--packed", "--eviction", "lru", "--cache-neurons", "3500", "--patience", "20");
    expect(summary).toMatchObject({ status: "done", warnings: [] });
    const { cache, flash, stream } = summary;
    expect(cache.hit_rate).toBeCloseTo(cache.hits / (cache.hits + cache.misses), 6);
    expect(flash.reads).toBeGreaterThan(0);
    expect(flash.bytes).toBeGreaterThanOrEqual(flash.reads * 512); // the least that any disk reads
    expect(stream).toMatchObject({ eviction: "lru", cache_neurons: 3500, neurons: 6 * 1024 });
    expect(stream!.per_token.candidates).toBeLessThan(6 * 1024);
    expect(stream!.per_token.active).toBeLessThanOrEqual(stream!.per_token.candidates!);
    expect(stream!.stall_share).toBeLessThanOrEqual(1);
    const record = JSON.parse(await readFile(join(summary.run_dir, "run.json"), "utf8")) as RunRecord;
    expect(record).toMatchObject({
      config: { packed: true, eviction: "lru", cacheNeurons: 3500, patience: 20 },
      pack: { found: "missing", made: { profile: { tokens: 1024 } } },
    });
    const shown = await cli().run("runs", "latest");
    expect(shown.out).toMatch(/^neurons +[\d,]+ let through and [\d,]+ active a token, of 6,144; .* % found/m);
    expect(shown.out).toMatch(/^flash +\d+ reads .* % of decode time waiting for it$/m);
  });

  it("in too small a budget names the smallest that works, and works in that", async () => {
    const { status, err, out } = await cli().run("run", ...work, "--memory", "32M", "--enforce", "none", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ status: "failed", reason: "budget_too_small" });
    const smallest = /the smallest that works here is (\d+) MiB/.exec(err)?.[1];
    // What the agent holds itself differs a little from start to start.
    const summary = await run("--memory", `${Number(smallest) + 2}M`, "--enforce", "none");
    expect(summary.status).toBe("done");
    expect(summary.stream!.cache_neurons).toBeLessThan(6 * 1024);
    expect(summary.warnings.filter((warning) => !warning.includes("not enforced"))).toEqual([]);
  });

  it("packs again, and says so, where the pack is damaged or the model has changed", async () => {
    const { pack } = await cli().json<Packed>("pack", "story");
    await truncate(pack, 5_000_000);
    expect((await run("--packed")).warnings).toEqual([
      "its pack was damaged or of another version: it was packed again",
    ]);
    const model = await synth("m.gguf", "--sparsity", "0.9");
    const small = ["--model", model, "--packed", "--prompt-tokens", "4", "--tokens", "4"];
    expect((await cli().json<RunSummary>("run", ...small)).warnings).toEqual([]);
    await synth("m.gguf", "--sparsity", "0.9", "--seed", "9");
    expect((await cli().json<RunSummary>("run", ...small)).warnings).toEqual([
      "the model had changed since it was packed: its old pack was replaced",
    ]);
    expect(await packs()).toHaveLength(2);
  });
});

it("inspect names a pack", async () => {
  const { pack } = await cli().json<Packed>("pack", "story");
  const { status, out } = await cli().run("inspect", pack);
  expect(status).toBe(0);
  expect(out).toMatch(/^file +1\d\.\d MiB, a pack \(version 3, profiled with 1,024 tokens\)/m);
  expect(out).toMatch(/^parameters +6,427,392/m);
});
