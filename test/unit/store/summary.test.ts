import { describe, expect, it } from "vitest";
import { runSummarySchema } from "../../../electron/store/run-summary.js";
import { readRun, rebuildSummary } from "../../../electron/store/index.js";
import { latencies } from "../../../electron/store/summary.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun, newRun } from "./make-run.js";
import { Bundle } from "../../../electron/store/bundle.js";

useTemporaryHome();

async function summaryOf(...args: Parameters<typeof makeRun>) {
  const { runId } = await makeRun(...args);
  return (await readRun(runId))!.summary;
}

describe("a run's summary", () => {
  it("says how fast the run was, by the definitions of the contract", async () => {
    const summary = await summaryOf(eventsOf({ promptTokens: 5, prefillMs: 10, tokenMs: [2, 4, 6] }));
    expect(runSummarySchema.parse(summary)).toEqual(summary);
    expect(summary).toMatchObject({
      prompt_tokens: 5,
      output_tokens: 4,
      tokens: [100, 101, 102, 103],
      text: " w0 w1 w2 w3!",
      ttft_ms: 11,
      prefill_tps: 500, // 5 tokens in 10 ms
      decode_tps: 250, // 3 tokens in 12 ms
      decode_ms: { mean: 4, p50: 4, p90: expect.closeTo(5.6) as number, p99: expect.closeTo(5.96) as number },
      memory: { budget_bytes: null, peak_bytes: 60_000_000 },
      cache: { hits: 3, misses: 1, hit_rate: 0.75 },
      ops: { cpu: 1234, dense: 0, npu: 0 },
      accelerator: null,
      status: "done",
      reason: "length",
    });
  });

  it("takes budget and peak from the agent's last word on them", async () => {
    const report = { budget_bytes: 3_145_728_000, enforced: "cgroup" as const, cold_cache: "drop_caches" as const };
    const events = eventsOf({ ended: { memory: { ...report, peak_bytes: 3_000_000_000, note: "at the end" } } }).map(
      (event) =>
        event.kind === "started"
          ? { ...event, report: { ...event.report, memory: { ...report, peak_bytes: 1e9, note: "when loaded" } } }
          : event,
    );
    const memory = { ...report, peak_bytes: 3_000_000_000, note: "at the end" };
    const summary = await summaryOf(events);
    expect(summary.memory).toEqual(memory);
    expect(runSummarySchema.parse(summary)).toEqual(summary);
    expect((await summaryOf(events.slice(0, -1))).memory).toEqual({ ...memory, peak_bytes: 1e9, note: "when loaded" });
  });

  it("knows the budget of a run that was killed before it began", async () => {
    const bundle = await Bundle.create({ ...newRun, config: { memory: 268_435_456 } });
    const outcome = { status: "failed" as const, reason: "out_of_memory", message: "The kernel ended the agent." };
    expect((await bundle.finish(outcome)).memory).toMatchObject({
      budget_bytes: 268_435_456,
      peak_bytes: null,
      enforced: null,
    });
  });

  it("sets what was foreseen beside what was measured", async () => {
    const prediction = {
      ...{ decode_tps: 300, prefill_tps: 200, ttft_ms: 22, hit_rate: 0.9, peak_bytes: 30_000_000, assumed: false },
    };
    const foreseen = async (events: Parameters<typeof makeRun>[0]) =>
      (await summaryOf(events, { prediction })).predicted;
    const predicted = await foreseen(eventsOf());
    expect(predicted).toMatchObject(prediction);
    expect(predicted!.error.decode_tps).toBeCloseTo(300 / 250 - 1);
    expect(predicted!.error.prefill_tps).toBeCloseTo(-0.5);
    expect(predicted!.error.ttft_ms).toBeCloseTo(1);
    expect((await foreseen(eventsOf().slice(0, 1)))!.error.decode_tps).toBeNull();
    expect(await summaryOf(eventsOf())).not.toHaveProperty("predicted");
  });

  it("says what streaming came to for each token, and nothing of it where nothing was streamed", async () => {
    const report = {
      ...{
        resident_bytes: 1e6,
        cache_bytes: 2e6,
        cache_neurons: 300,
        neurons: 6144,
        eviction: "heat",
        window_tokens: 0,
      },
      ...{ hot_neurons: 128, hot_slots: 128, reads: "two-phase", io_core: -1 },
      ...{ flash: "io_uring", direct: true, note: "", sparsity: 0, predictor_energy: 0.996 },
      ...{ predictor_bytes: 400_000, queue_depth: 64, predictors: [] },
    };
    const step = (i: number) => ({
      ...{
        candidates: 100 * i,
        active: 10 * i,
        hits: 9 * i,
        hot_hits: 4 * i,
        misses: i,
        reads: i,
        read_bytes: 8192 * i,
      },
      queue_depth: i,
      ...{ predict_ms: 0.1, cache_ms: 0.2, compute_ms: 1, stall_ms: 1 },
    });
    const events = eventsOf({ tokenMs: [2, 4, 6] }).map((event) => {
      if (event.kind === "started") return { ...event, report: { ...event.report, stream: report } };
      return event.kind === "token" ? { ...event, stream: step(event.index === 0 ? 1000 : event.index) } : event;
    });
    const summary = await summaryOf(events);
    expect(runSummarySchema.parse(summary)).toEqual(summary);
    expect(summary.stream).toEqual({
      ...report,
      per_token: {
        ...{ candidates: 200, active: 20, misses: 2, hot_hits: 8, reads: 2, read_bytes: 16_384, queue_depth: 2 },
        ...{ predict_ms: 0.1, cache_ms: 0.2, compute_ms: 1, stall_ms: 1 },
      },
      hit_rate: 0.9,
      stall_share: 0.25, // 3 of 12 ms
    });
    const nothing = (await summaryOf(events.slice(0, 3))).stream!; // one token only
    expect(nothing).toMatchObject({ hit_rate: null, stall_share: null, per_token: { active: null } });
    expect(await summaryOf(eventsOf())).not.toHaveProperty("stream");
  });

  it("says where the time of a typical token went: as much as it took, without the fastest and the slowest", async () => {
    const stream = {
      ...{ candidates: 1, active: 1, hits: 1, hot_hits: 0, misses: 0, reads: 0, read_bytes: 0, queue_depth: 0 },
      ...{ predict_ms: 0.1, cache_ms: 0.2, compute_ms: 0.5, stall_ms: 0.25 },
    };
    const withParts = (isStreamed: boolean) =>
      eventsOf({ tokenMs: [100, 4, 2, 1] }).map((event) => {
        if (event.kind !== "token") return event;
        const { ms, index } = event;
        const parts = { attention: 0.25 * ms, ffn: 0.5 * ms, sampling: 0, other: index === 0 ? 1000 : 0.25 * ms };
        return { ...event, parts, ...(isStreamed && { stream }) };
      });
    const summary = await summaryOf(withParts(false));
    expect(summary.decode_parts_ms).toEqual({ attention: 0.75, ffn: 1.5, sampling: 0, other: 0.75 });
    const { predict_ms, cache_ms, compute_ms, stall_ms } = stream;
    const streamed = await summaryOf(withParts(true));
    expect(streamed.decode_parts_ms).toEqual({
      ...summary.decode_parts_ms,
      streamed: { predict_ms, cache_ms, compute_ms, stall_ms },
    });
    expect(runSummarySchema.parse(streamed)).toEqual(streamed);
    expect(await summaryOf(eventsOf({ tokenMs: [] }))).not.toHaveProperty("decode_parts_ms");
    delete summary.decode_parts_ms; // as an earlier version kept it
    expect(runSummarySchema.parse(summary)).toEqual(summary);
  });

  it("has no decode speed after one token, rather than a made-up one", async () => {
    const summary = await summaryOf(eventsOf({ tokenMs: [] }));
    expect(summary).toMatchObject({ output_tokens: 1, decode_tps: null, decode_ms: { mean: null, p99: null } });
  });

  it("counts what came when the agent was lost", async () => {
    const bundle = await Bundle.create(newRun);
    for (const event of eventsOf().slice(0, 4)) await bundle.append(event);
    const summary = await bundle.finish({ status: "failed", reason: "agent_lost", message: "The agent is gone." });
    expect(summary).toMatchObject({
      status: "failed",
      reason: "agent_lost",
      output_tokens: 2,
      prefill_tps: 400,
      decode_tps: 500,
    });
  });

  it("collects the warnings of preflight, loading and run", async () => {
    const events = eventsOf();
    events.splice(2, 0, {
      type: "event",
      run: "R1",
      seq: 0,
      t_ms: 1,
      kind: "warning",
      code: "context_full",
      message: "it is",
    });
    const renumbered = events.map((event, i) => ({ ...event, seq: i + 1 }));
    const summary = await summaryOf(renumbered, { warnings: ["battery: 12 %."] });
    expect(summary.warnings).toEqual(["battery: 12 %.", "context_full: it is"]);
  });

  it("says when a thread was not pinned, once", async () => {
    const withCores = (cores: number[], warnings: string[]) =>
      summaryOf(
        eventsOf().map((event) =>
          event.kind === "started" ? { ...event, report: { ...event.report, cores, warnings } } : event,
        ),
      );
    expect((await withCores([0, -1], [])).warnings).toEqual(["1 of 2 threads are not pinned to a core"]);
    expect((await withCores([0, -1], ["core 7 could not be pinned"])).warnings).toHaveLength(1);
  });

  it("is the same when it is made again from the events", async () => {
    const { runId } = await makeRun(eventsOf());
    const run = (await readRun(runId))!;
    expect(await rebuildSummary(run.dir, run.record)).toEqual(run.summary);
  });
});

describe("latencies", () => {
  it("are nothing of nothing, and do not disturb what they are given", () => {
    expect(latencies([])).toEqual({ mean: null, p50: null, p90: null, p99: null });
    const values = [3, 1, 2];
    expect(latencies(values).p50).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });
});
