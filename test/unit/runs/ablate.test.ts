import { describe, expect, it } from "vitest";
import { ablate, RUNGS } from "../../../electron/runs/ablate.js";
import type { StudyRequest } from "../../../electron/runs/study.js";
import { findStudy, readRun, type Ablation, type Study } from "../../../electron/store/index.js";
import { ablationSchema } from "../../../electron/store/study.js";
import { useTemporaryHome } from "../home.js";
import { listedRuns } from "../store/make-run.js";
import { FakeWorld, type FakeOptions } from "./fake-world.js";

useTemporaryHome();
const request: StudyRequest = { rounds: 3, run: { prompt: "Once", tokens: 4, memory: 3_145_728_000 } };

/** llama.cpp takes 8 ms per token, Phonon 4 at first and less with every run. */
const speeds: FakeOptions = {
  run: (engine, nth) => ({ tokenMs: Array(3).fill(engine === "phonon" ? 4 - nth / 10 : 8) as number[] }),
};

/** What a contender's agent was asked to load, in order of time. */
const streams = (world: FakeWorld) =>
  world.sessions.flatMap((session) => session.loads.map((load) => load.stream ?? session.engine));

// Many bundles are written, each of them safely.
describe("the ladder", { timeout: 30_000 }, () => {
  it("runs every rung alone, cold, in the budget, with its stages left out, in turning order", async () => {
    const world = new FakeWorld(speeds);
    const { study } = await ablate({ ...request, rounds: 2 }, {}, world);
    const on = { predictor: true, bundles: true, cache: true, pipeline: true };
    const ladder = [
      "llama.cpp",
      { ...on, bundles: false, cache: false, pipeline: false },
      { ...on, cache: false, pipeline: false },
      { ...on, pipeline: false },
      on,
      { ...on, predictor: false },
    ];
    expect(streams(world)).toEqual(["llama.cpp", ...ladder, ...ladder.toReversed()]); // the first one: threads and tokens
    for (const { loads } of world.sessions.slice(1)) {
      for (const load of loads) expect(load).toMatchObject({ memory_bytes: 3_145_728_000, cold_cache: true });
    }
    const llama = world.sessions.find(({ engine }) => engine === "llama.cpp");
    expect(llama!.loads[0]).toMatchObject({ mmap: true, repack: false });
    const runs = world.sessions.flatMap(({ requests }) => requests.filter(({ type }) => type === "run"));
    expect(runs).toHaveLength(2 * RUNGS.length);
    for (const run of runs) {
      expect(run).toMatchObject({ prompt_tokens: [11, 12, 13], force_tokens: 1, ignore_end: true, max_tokens: 4 });
    }
    expect(study.seconds).toBe(30);
  });

  it("says what each step gains over the rung before, and keeps that beside its runs", async () => {
    const { study, file } = await ablate(request, {}, new FakeWorld(speeds));
    expect(ablationSchema.parse(study)).toEqual(study);
    expect(file).toMatch(new RegExp(`studies/${study.id}.json$`));
    expect(await findStudy("ablation")).toEqual(study);
    const [llama, baseline] = study.rungs;
    expect(study.rungs.map(({ name, beside }) => (beside ? `(${name})` : name))).toEqual([
      ...["llama.cpp", "baseline", "+bundle", "+cache", "+pipeline", "(no predictor)"],
    ]);
    expect(llama!.step).toBeNull();
    expect(baseline!.step).toMatchObject({ over: "llama.cpp", verdict: "faster" });
    expect(baseline!.step!.ratio).toBeCloseTo(baseline!.decode_tps!.median / 125, 9);
    expect(await listedRuns()).toHaveLength(3 * RUNGS.length);
    const { record } = (await readRun(study.rungs[3]!.run_ids[1]!))!;
    expect(record.comparison).toEqual({ id: study.id, round: 1, configuration: "+cache" });
    expect(study.warnings.join()).toContain("25 %"); // of equal engines, with three rounds
  });

  it("tells its figures as runs end, with ratios over the rounds that both rungs have had", async () => {
    const told: Ablation[] = [];
    const hooks = { onFigures: (study: Study) => told.push(structuredClone(study) as Ablation) };
    const { study } = await ablate({ ...request, id: "ablation-mine", rounds: 2 }, hooks, new FakeWorld(speeds));
    expect(study.id).toBe("ablation-mine");
    expect(told).toHaveLength(2 * RUNGS.length);
    for (const one of told) expect(ablationSchema.parse(one)).toEqual(one);
    const runs = told.map(({ rungs }) => rungs.map(({ run_ids }) => run_ids.length).join(""));
    expect(runs.slice(0, 8)).toEqual(["100000", "110000", "111000", "111100", "111110", "111111", "111112", "111122"]);
    expect(told[0]!.rungs.map(({ step }) => step)).toEqual([null, null, null, null, null, null]);
    for (const { rungs } of told.slice(5)) {
      for (const { step } of rungs.slice(1)) expect(step!.ratio).toBeGreaterThan(0);
    }
    expect(told.at(-1)!.rungs).toEqual(study.rungs);
  });

  it("goes on without a rung that fails, and says why", async () => {
    const failures: string[] = [];
    const world = new FakeWorld({
      run: (engine, nth) =>
        engine === "phonon" && nth === 2
          ? { ended: { status: "failed", reason: "io_error", message: "no flash" } }
          : {},
    });
    const { study } = await ablate(request, { onFailure: (name) => failures.push(name) }, world);
    expect(failures).toEqual(["+cache"]);
    const [bundle, cache, pipeline] = study.rungs.slice(2);
    expect(cache).toMatchObject({ run_ids: [], decode_tps: null, step: null });
    expect(cache!.failure).toMatchObject({ code: "io_error", message: expect.stringContaining("no flash") as string });
    expect(pipeline).toMatchObject({ failure: null, step: null });
    expect(bundle!.run_ids).toHaveLength(3);
    expect(world.sessions.every(({ closed }) => closed === 1)).toBe(true);
  });

  it("fails where nothing runs, and keeps no ladder", async () => {
    const world = new FakeWorld({ run: () => ({ ended: { status: "failed", reason: "io_error", message: "no" } }) });
    await expect(ablate(request, {}, world)).rejects.toMatchObject({ code: "io_error" });
    await expect(findStudy("ablation")).rejects.toMatchObject({ code: "no_such_study" });
  });

  it("is cancelled between two runs, with nothing left open", async () => {
    const stop = new AbortController();
    const world = new FakeWorld(speeds);
    const going = ablate(request, { signal: stop.signal, onRound: () => stop.abort(new Error("enough")) }, world);
    await expect(going).rejects.toThrow("enough");
    expect(world.sessions.every(({ closed }) => closed === 1)).toBe(true);
    expect(await listedRuns()).toHaveLength(1);
  });

  it.each([
    [{ memory: undefined }, "needs a budget"],
    [{ off: ["cache" as const] }, "what is left out"],
    [{ packed: false }, "what is left out"],
  ])("refuses %j", async (change, message) => {
    const { memory, ...run } = { ...request.run, ...change };
    const bad = { ...request, run: memory === undefined ? run : { ...run, memory } };
    await expect(ablate(bad, {}, new FakeWorld())).rejects.toThrow(message);
  });
});
