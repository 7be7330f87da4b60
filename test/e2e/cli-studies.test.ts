/** The ladder and the curve over memory, on this computer, with the built agents and the story model. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunSummary } from "../../electron/runs/config.js";
import type { Ablation, Sweep } from "../../electron/store/index.js";
import { studySchema } from "../../electron/store/study.js";
import { interruptAt, useCli } from "./cli.js";

const cli = useCli();
// Without root a budget would be enforced by a balloon, which takes all of this computer's memory.
const work = ["--model", "story", "--enforce", "none", "--prompt", "Once upon a time", "--tokens", "32"];
const kept = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

describe("phonon ablate", () => {
  it("climbs from llama.cpp to the whole engine, on the same tokens", async () => {
    const budget = ["--memory", "100M", "--cache-neurons", "3000", "--rounds", "1"];
    const { file, ...study } = await cli().json<Ablation & { file: string }>("ablate", ...work, ...budget);
    expect(studySchema.parse(study)).toEqual(study);
    expect(await kept(file)).toEqual(study);
    expect(study.rungs.map(({ name }) => name)).toEqual([
      ...["llama.cpp", "baseline", "+bundle", "+cache", "+pipeline", "no predictor"],
    ]);
    const [llama, baseline, bundle, cache, pipeline, all] = study.rungs;
    for (const rung of study.rungs) {
      expect(rung).toMatchObject({ failure: null, output_tokens: 32 });
      expect(rung.decode_tps!.median).toBeGreaterThan(0);
    }
    expect(llama).toMatchObject({ engine: "llama.cpp", step: null, per_token: null });
    expect(baseline!.step).toMatchObject({ over: "llama.cpp" });
    // What a stage spares the flash, in this order.
    const reads = [baseline, bundle, cache, pipeline].map((rung) => rung!.per_token!.reads!);
    expect(reads[0]).toBeGreaterThan(2 * reads[1]!);
    expect(reads[1]).toBeGreaterThan(reads[2]!);
    expect(reads[3]).toBe(reads[2]); // what is cached never depends on timing
    expect(all!.per_token!.candidates).toBe(6 * 1024);

    const runs = await Promise.all(
      study.rungs.map(({ run_ids: [first = ""] }) => cli().json<RunSummary>("runs", first)),
    );
    for (const { tokens, memory } of runs) {
      expect(tokens).toEqual(runs[0]!.tokens);
      expect(memory.cold_cache).not.toBeNull();
    }
    const csv = (await cli().run("export", "ablation", "--format", "csv", "--out", "-")).out;
    expect(csv.trimEnd().split("\n")).toHaveLength(7);
    expect(csv).toContain(`${study.id},+bundle,phonon,cache pipeline,${100 * 1024 ** 2},1,32,`);
  });

  it("bounds slow runs by time, says how long is left, and ends where Ctrl-C says so", async () => {
    const slow = ["--memory", "100M", "--rounds", "50", "--seconds", "0.1", "--tokens", "100000", "--context", "4096"];
    const ladder = cli().start(["ablate", ...work, ...slow]);
    interruptAt(ladder, "round 2 of 50");
    const { status, err } = await ladder.finished;
    expect(status).toBe(1);
    expect(err).toMatch(/^round 1 of 50: \+cache: decode .* tok\/s over \d+ tokens, .* left$/m);
    const { runs } = await cli().json<{ runs: { status: string; reason: string }[] }>("runs", "--status", "done");
    expect(runs.length).toBeGreaterThanOrEqual(6);
    for (const run of runs) expect(run.status).toBe("done");
    expect(await readdir(cli().home)).not.toContain("studies");
  });
});

describe("phonon sweep", () => {
  it("goes from budget to budget: the more memory, the fewer misses", async () => {
    const budgets = ["--memory", "32M,100M", "--rounds", "1", "--with", "llama.cpp"];
    const { status, out, err } = await cli().run("sweep", ...work, ...budgets);
    expect({ status, err }).toMatchObject({ status: 0 });
    expect(out).toMatch(/^32.0 MiB +phonon +left out \(budget_too_small\)/m);
    expect(out).toMatch(/^100 MiB +phonon +[\d.]+ \[/m);
    const smallest = Number(/the smallest that works here is (\d+) MiB/.exec(err)![1]);
    const range = ["--memory", `${smallest + 1}M..${smallest + 9}M`, "--steps", "3", "--rounds", "1"];
    const { file, ...study } = await cli().json<Sweep & { file: string }>("sweep", ...work, ...range);
    expect(studySchema.parse(study)).toEqual(study);
    expect(study.points.map((point) => point.memory_bytes / 1024 ** 2 - smallest)).toEqual([1, 5, 9]);
    const cached = study.points.map((point) => point.cache!.neurons);
    expect(cached).toEqual(cached.toSorted((a, b) => a - b));
    expect(study.points[0]!.hit_rate).toBeLessThan(study.points[2]!.hit_rate!);
    const csv = join(cli().home, "curve.csv");
    await cli().json("export", study.id, "--format", "csv", "--out", csv);
    expect((await readFile(csv, "utf8")).trimEnd().split("\n")).toHaveLength(4);
    expect(file).toContain(study.id);
  });
});
