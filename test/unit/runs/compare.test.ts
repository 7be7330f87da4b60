import { describe, expect, it } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { resultOf } from "../../../electron/runs/compare-results.js";
import { compare, configurationOf, type CompareRequest } from "../../../electron/runs/compare.js";
import { readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { summaryOf } from "../renderer/events.js";
import { FakeWorld, type FakeOptions } from "./fake-world.js";
import { listedRuns } from "../store/make-run.js";

useTemporaryHome();
const request: CompareRequest = { engines: ["phonon", "llama.cpp"], rounds: 4, run: { prompt: "Once", tokens: 4 } };

/** Phonon takes 2 ms per token, llama.cpp 3, both a little more every round. */
const speeds: FakeOptions = {
  run: (engine, nth) => ({ tokenMs: Array(3).fill((engine === "phonon" ? 2 : 3) + nth / 50) as number[] }),
};

describe("a comparison", () => {
  it("runs ABBA rounds on the same prompt tokens, forced tokens, threads and cores", async () => {
    const world = new FakeWorld(speeds);
    const order: string[] = [];
    const comparison = await compare(request, { onRound: (_round, _all, s) => order.push(s.engine) }, world);
    const [a, b] = request.engines;
    expect(order).toEqual([a, b, b, a, b, a, a, b]);
    expect(world.sessions.map((session) => session.engine)).toEqual([a, b]); // each loaded once
    expect(comparison.kept_loaded).toBe(true);

    const runs = world.sessions.flatMap((session) => session.requests.filter((message) => message.type === "run"));
    expect(runs).toHaveLength(2 * (4 + 1)); // and a warm-up each
    for (const message of runs) {
      expect(message).toMatchObject({ prompt_tokens: [11, 12, 13], force_tokens: 1, max_tokens: 4 });
    }
    expect(world.sessions[1]!.loads[0]).toMatchObject({ threads: 2, cores: [0, 1], mmap: true });
    expect(world.sessions.map((session) => session.closed)).toEqual([1, 1]);
  });

  it("gives medians, the ratio of a over b with its interval, and a verdict", async () => {
    const { results, pairs } = await compare(request, {}, new FakeWorld(speeds));
    expect(results.map((r) => r.configuration)).toEqual(request.engines);
    expect(results[0]).toMatchObject({ engine: "phonon", status: "done", output_tokens: 4 });
    expect(results[0]!.run_ids).toHaveLength(4);
    expect(results[0]!.decode_tps).toBeCloseTo(1000 / 2.05, -1);
    expect(results[0]!.spread.decode_tps!.min).toBeLessThan(results[0]!.decode_tps!);
    const [decode, prefill] = pairs;
    expect(decode).toMatchObject({ a: "phonon", b: "llama.cpp", metric: "decode_tps", verdict: "faster" });
    expect(decode!.ratio).toBeCloseTo(1.5, 1);
    expect(decode!.ci95[0]).toBeGreaterThan(1);
    expect(prefill).toMatchObject({ metric: "prefill_tps", ratio: 1, verdict: "not distinguishable" });
  });

  it("gives where the time of tokens went, each part's median over the rounds that tell", () => {
    const round = (ffn: number, compute_ms: number) =>
      summaryOf("R", {
        decode_parts_ms: {
          ...{ attention: 1, ffn, sampling: 0, other: 2 },
          streamed: { predict_ms: 1, cache_ms: 1, compute_ms, stall_ms: 0 },
        },
      });
    const { decode_parts_ms } = resultOf("phonon", [round(9, 2), round(5, 4), summaryOf("R"), round(8, 1)]);
    expect(decode_parts_ms).toMatchObject({ attention: 1, ffn: 8, other: 2, streamed: { compute_ms: 2 } });
    expect(resultOf("phonon", [summaryOf("R")])).not.toHaveProperty("decode_parts_ms");
  });

  it("keeps every round as a run that says where it belongs", async () => {
    const { comparison_id, results } = await compare({ ...request, rounds: 2 }, {}, new FakeWorld(speeds));
    expect(await listedRuns()).toHaveLength(4);
    const record = (await readRun(results[1]!.run_ids[1]!))!.record;
    expect(record.comparison).toEqual({ id: comparison_id, round: 1, configuration: "llama.cpp" });
    expect(record.config).toMatchObject({ promptTokens: [11, 12, 13], forceTokens: 1, threads: 2 });
  });

  it("loads for every run where memory does not hold both", async () => {
    const world = new FakeWorld({ ...speeds, fileBytes: 3e9, availableBytes: 5e9 });
    const comparison = await compare({ ...request, rounds: 2 }, {}, world);
    expect(comparison.kept_loaded).toBe(false);
    expect(world.sessions).toHaveLength(1 + 2 * 2);
    expect(world.sessions.every((session) => session.closed === 1)).toBe(true);
    expect(comparison.results[0]!.run_ids).toHaveLength(2);
  });

  it("loads for every run under a memory budget, without a warm-up where the cache is to be cold", async () => {
    const limited = new FakeWorld(speeds);
    const run = { ...request.run, memory: 3_145_728_000, packed: false };
    expect((await compare({ ...request, rounds: 2, run }, {}, limited)).kept_loaded).toBe(false);
    expect(limited.sessions).toHaveLength(1 + 2 * 2);
    for (const session of limited.sessions) expect(session.loads[0]).toMatchObject({ memory_bytes: 3_145_728_000 });
    const runs = (world: FakeWorld) =>
      world.sessions.flatMap((session) => session.requests.filter((message) => message.type === "run"));
    expect(runs(limited)).toHaveLength(2 * 2 * 2); // each with a warm-up
    const cold = new FakeWorld(speeds);
    await compare({ ...request, rounds: 2, run: { ...run, coldCache: true } }, {}, cold);
    expect(runs(cold)).toHaveLength(2 * 2);
  });

  it("says when the rounds are too few to say much", async () => {
    const two = await compare({ ...request, rounds: 2 }, {}, new FakeWorld(speeds));
    expect(two.pairs[0]!.verdict).toBe("not distinguishable");
    expect(two.warnings.join()).toContain("too few");
    const three = await compare({ ...request, rounds: 3 }, {}, new FakeWorld(speeds));
    expect(three.warnings.join()).toContain("25 %");
  });

  it("waits before every run until the target is cool", async () => {
    let waited = 0;
    const coolDown = async () => {
      waited++;
    };
    await compare({ ...request, rounds: 2 }, { coolDown }, new FakeWorld(speeds));
    expect(waited).toBe(2 + 2 * 2);
  });

  it("has no decode pair where there was one token only", async () => {
    const { pairs } = await compare(request, {}, new FakeWorld({ run: () => ({ tokenMs: [] }) }));
    expect(pairs.map((pair) => pair.metric)).toEqual(["prefill_tps"]);
  });

  it("ends at the first round that fails, naming it, and closes both agents", async () => {
    const world = new FakeWorld({
      run: (engine, nth) =>
        engine === "llama.cpp" && nth === 2
          ? { ended: { status: "failed", reason: "out_of_memory", message: "no" } }
          : {},
    });
    await expect(compare(request, {}, world)).rejects.toMatchObject({
      code: "out_of_memory",
      message: expect.stringContaining("Round 2, llama.cpp") as string,
    });
    expect(world.sessions.map((session) => session.closed)).toEqual([1, 1]);
  });

  it("ends at once when it is cancelled", async () => {
    const stop = new AbortController();
    const world = new FakeWorld(speeds);
    const going = compare(
      request,
      { signal: stop.signal, onRound: () => stop.abort(new PhononError("cancelled", "Cancelled.")) },
      world,
    );
    await expect(going).rejects.toThrow("Cancelled");
    expect(world.sessions.map((session) => session.closed)).toEqual([1, 1]);
    expect((await listedRuns()).length).toBeLessThanOrEqual(2);
  });

  it.each([[["phonon"]], [["phonon", "phonon"]]])("wants at least two engines, each once: %j", async (engines) => {
    const bad = { ...request, engines } as CompareRequest;
    await expect(compare(bad, {}, new FakeWorld())).rejects.toMatchObject({ code: "bad_request" });
  });

  it("gives each engine its own options, and forced tokens unless others were asked for", () => {
    const run = { prompt: "a", kernels: "avx2", level: "v3", mmap: false };
    expect(configurationOf(run, "phonon")).toMatchObject({ kernels: "avx2", forceTokens: 1 });
    expect(configurationOf(run, "phonon")).not.toHaveProperty("level");
    expect(configurationOf({ ...run, forceTokens: 9 }, "llama.cpp")).toMatchObject({
      level: "v3",
      mmap: false,
      forceTokens: 9,
    });
    expect(configurationOf(run, "llama.cpp")).not.toHaveProperty("kernels");
  });
});
