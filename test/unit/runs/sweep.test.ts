import { describe, expect, it } from "vitest";
import { budgetsBetween, sweep } from "../../../electron/runs/sweep.js";
import { figuresOf } from "../../../electron/runs/study.js";
import { findStudy } from "../../../electron/store/index.js";
import { sweepSchema } from "../../../electron/store/study.js";
import { useTemporaryHome } from "../home.js";
import { streamedSummary } from "../store/make-run.js";
import { FakeWorld } from "./fake-world.js";

useTemporaryHome();
const MiB = 1024 ** 2;
const run = { prompt: "Once", tokens: 4 };

describe("a curve over memory", () => {
  it("takes budgets evenly, both ends among them, each once", () => {
    expect(budgetsBetween(2000 * MiB, 4000 * MiB, 5)).toEqual([2000, 2500, 3000, 3500, 4000].map((n) => n * MiB));
    expect(budgetsBetween(100 * MiB, 200 * MiB, 4)).toEqual([100, 133, 167, 200].map((n) => n * MiB));
    expect(budgetsBetween(20 * MiB, 21 * MiB, 5)).toEqual([20 * MiB, 21 * MiB]);
  });

  it("runs each engine in each budget, smallest first, and keeps the points", async () => {
    const world = new FakeWorld();
    const budgets = [3000 * MiB, 2000 * MiB];
    const { study } = await sweep({ rounds: 2, run, budgets, engines: ["phonon", "llama.cpp"] }, {}, world);
    expect(sweepSchema.parse(study)).toEqual(study);
    expect(study.points.map(({ engine, memory_bytes }) => [engine, memory_bytes / MiB])).toEqual([
      ["phonon", 2000],
      ["llama.cpp", 2000],
      ["phonon", 3000],
      ["llama.cpp", 3000],
    ]);
    for (const { run_ids } of study.points) expect(run_ids).toHaveLength(2);
    expect(await findStudy(study.id)).toEqual(study);
    const phonon = world.sessions.filter(({ engine, loads }) => engine === "phonon" && loads.length > 0);
    for (const { loads } of phonon) expect(loads[0]!.stream).toBeDefined(); // from a pack, in every budget
  });

  it("refuses to run from memory", async () => {
    const request = { rounds: 1, run: { ...run, packed: false }, budgets: [64 * MiB], engines: ["phonon" as const] };
    await expect(sweep(request, {}, new FakeWorld())).rejects.toMatchObject({ code: "bad_request" });
  });
});

describe("a contender's figures", () => {
  it("are medians over its rounds", async () => {
    const misses = [40, 10, 30];
    const summaries = await Promise.all(misses.map((n) => streamedSummary({ misses: n })));
    const figures = figuresOf({ name: "+cache", engine: "phonon", summaries, failure: null });
    expect(figures).toMatchObject({
      name: "+cache",
      output_tokens: 4,
      decode_tps: { median: 250, min: 250, max: 250, mad: 0 },
      per_token: { misses: 30, active: 300 },
      cache: { bytes: 4_096_000, neurons: 1000, of_neurons: 2000 },
    });
    expect(figures.run_ids).toEqual(summaries.map((summary) => summary.run_id));
  });

  it("are unknown where no round came to its end", () => {
    const failure = { code: "out_of_memory", message: "no" };
    const figures = figuresOf({ name: "a", engine: "llama.cpp", summaries: [], failure });
    expect(figures).toMatchObject({ decode_tps: null, output_tokens: null, per_token: null, cache: null, failure });
  });
});
