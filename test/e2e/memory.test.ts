/** Runs under a memory budget, on this computer, with the built agents and the story model. */
import { existsSync, readdirSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { Comparison } from "../../electron/runs/compare.js";
import { runSummarySchema, type RunSummary } from "../../electron/runs/config.js";
import { useCli } from "./cli.js";

const hierarchy = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].find((path) => existsSync(path)) ?? "";
const isRoot = process.getuid?.() === 0;
const MiB = 1024 ** 2;

/** Groups whose agent is no more. */
const abandoned = (): string[] =>
  readdirSync(hierarchy).filter((name) => {
    const pid = /^phonon-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });

// Without root the balloon would take all of this computer's memory but the budget: the virtual phone tries that.
describe.skipIf(!isRoot)("a memory budget (needs root: memory cgroups)", () => {
  afterEach(() => expect.poll(abandoned).toEqual([])); // after what useCli does: hooks end in reverse order
  const cli = useCli();

  const run = async (...args: string[]): Promise<RunSummary> =>
    runSummarySchema.parse(await cli().json("run", "--model", "story", "--tokens", "16", "--greedy", ...args));

  for (const engine of ["phonon", "llama.cpp"]) {
    it(`holds for ${engine}: the run says budget, peak and how`, async () => {
      const free = await run("--engine", engine);
      expect(free.memory).toMatchObject({ budget_bytes: null, enforced: "none", cold_cache: null });
      const exact = engine === "phonon" ? ["--off", "predictor"] : []; // streamed from a pack, and every gate computed
      const limited = await run("--engine", engine, "--memory", "256M", "--cold-cache", ...exact);
      expect(limited.memory).toMatchObject({ budget_bytes: 256 * MiB, enforced: "cgroup", cold_cache: "drop_caches" });
      expect(limited.memory.peak_bytes).toBeGreaterThan(12 * MiB);
      expect(limited.memory.peak_bytes).toBeLessThanOrEqual(256 * MiB);
      expect(limited.warnings).toEqual([]);
      expect(limited.text).toBe(free.text);
      const measured = await run("--engine", engine, "--enforce", "measure");
      expect(measured.memory).toMatchObject({ budget_bytes: null, enforced: "none" });
      expect(measured.memory.note).toContain("without a limit");
    });
  }

  it("holds for a model streamed from flash also where nothing holds it to it", async () => {
    const budget = ["--packed", "--memory", "56M", "--context", "256", "--enforce", "measure", "--cold-cache"];
    const { memory, stream, cache } = await run(...budget);
    expect(stream!.cache_neurons).toBeLessThan(stream!.neurons);
    expect(cache.misses).toBeGreaterThan(0);
    expect(memory).toMatchObject({ budget_bytes: 56 * MiB, enforced: "none", cold_cache: "drop_caches" });
    expect(memory.note).toContain("without a limit");
    expect(memory.peak_bytes).toBeGreaterThan(12 * MiB);
    expect(memory.peak_bytes).toBeLessThanOrEqual(56 * MiB);
  });

  it("that is too small ends the run as out of memory, with what to do", async () => {
    const { status, out, err } = await cli().run(
      ...["run", "--engine", "llama.cpp", "--memory", "48M", "--context", "32768", "--json"],
    );
    expect(status).toBe(1);
    expect(err).toContain("it needed more memory than its budget of 48 MiB, page cache included");
    expect(JSON.parse(out)).toMatchObject({
      status: "failed",
      reason: "out_of_memory",
      memory: { budget_bytes: 48 * MiB, peak_bytes: null },
    });
    const kept = await cli().json<RunSummary>("runs", "latest");
    expect(kept.message).toContain("Take a larger budget");
  });

  it("is the same for both sides of a comparison", async () => {
    const work = ["--rounds", "1", "--tokens", "8", "--memory", "256M", "--prompt-tokens", "16"];
    const { results, kept_loaded } = await cli().json<Comparison>("compare", ...work);
    expect(kept_loaded).toBe(false);
    for (const { memory } of results) expect(memory).toMatchObject({ budget_bytes: 256 * MiB, enforced: "cgroup" });
  });
});
