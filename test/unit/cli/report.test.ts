import { describe, expect, it } from "vitest";
import { eventProgress } from "../../../electron/cli/event-progress.js";
import { comparisonTable, summaryTable } from "../../../electron/cli/report.js";
import { compare } from "../../../electron/runs/compare.js";
import { readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { FakeWorld } from "../runs/fake-world.js";
import { makeRun } from "../store/make-run.js";

useTemporaryHome();

async function tableOf(events = eventsOf()): Promise<string> {
  return summaryTable((await readRun((await makeRun(events)).runId))!.summary);
}

describe("a run's table", () => {
  it("gives its figures with units", async () => {
    const text = await tableOf();
    expect(text).toMatch(/engine +phonon, avx2, 2 threads/);
    expect(text).toMatch(/prefill +4 tokens, 400 tok\/s, first token after 11.0 ms/);
    expect(text).toMatch(/decode +4 tokens, 250 tok\/s/);
    expect(text).toMatch(/per token +mean 4.00 ms, P50 4.00 ms/);
    expect(text).toMatch(/memory +peak 57.2 MiB/);
  });

  it("gives what was foreseen with its error", async () => {
    const prediction = { decode_tps: 200, prefill_tps: 1, ttft_ms: 1, hit_rate: 1, peak_bytes: 2 ** 26, assumed: true };
    const text = summaryTable((await readRun((await makeRun(eventsOf(), { prediction })).runId))!.summary);
    expect(text).toMatch(
      /predicted +decode 200 tok\/s \(-20.0 %\), memory 64.0 MiB \(\+11.\d %\); how neurons fire was ASSUMED/,
    );
  });

  it("says how a memory budget was enforced", async () => {
    const memory = { budget_bytes: 3000 * 1024 ** 2, peak_bytes: 2 ** 30, note: "" };
    const told = (enforced: "cgroup" | "balloon" | "none", cold_cache: "failed" | "drop_caches" | null) =>
      tableOf(eventsOf({ ended: { memory: { ...memory, enforced, cold_cache } } }));
    expect(await told("cgroup", null)).toMatch(/memory +peak 1.0 GiB of a budget of 2.9 GiB, enforced by a cgroup$/m);
    expect(await told("balloon", "drop_caches")).toMatch(
      /enforced by a balloon process\npage cache +emptied by drop_ca/,
    );
    expect(await told("none", "failed")).toMatch(/not enforced\npage cache +could not be emptied/);
  });

  it("says what a token took from cache and flash", async () => {
    const predictor = {
      ...{
        kind: "two-bit" as const,
        rank: 0,
        bytes: 200_000,
        active: 0.1,
        let_through: 0.17,
        recall: 0.95,
        precision: 0.55,
      },
      ...{ energy: 0.996, cost_us: 12, two_bit_us: 12, low_rank_us: 13 },
    };
    const report = {
      ...{
        resident_bytes: 1e6,
        cache_bytes: 3 * 2 ** 20,
        cache_neurons: 3000,
        neurons: 6144,
        eviction: "heat",
        window_tokens: 0,
      },
      ...{ hot_neurons: 1500, hot_slots: 1536, reads: "whole", io_core: -1 },
      ...{ flash: "io_uring", direct: true, note: "", sparsity: 0, predictor_energy: 0.996 },
      ...{
        predictor_bytes: 400_000,
        queue_depth: 0,
        predictors: [predictor, { ...predictor, kind: "low-rank" as const, rank: 64 }],
      },
    };
    const stream = {
      ...{
        candidates: 1234,
        active: 800,
        hits: 95,
        hot_hits: 61,
        misses: 5,
        reads: 5,
        read_bytes: 40_960,
        queue_depth: 3,
      },
      ...{ predict_ms: 0.125, cache_ms: 0.25, compute_ms: 1, stall_ms: 0.4 },
    };
    const tell = (changed: object) =>
      tableOf(
        eventsOf().map((event) => {
          if (event.kind === "started")
            return { ...event, report: { ...event.report, stream: { ...report, ...changed } } };
          return event.kind === "token" ? { ...event, stream } : event;
        }),
      );
    const text = await tell({});
    expect(text).toMatch(
      /neurons +1,234 let through and 800 active a token, of 6,144; 95.0 % found in a cache of 3,000/,
    );
    expect(text).toMatch(/flash +5 reads and 40.0 KiB a token, 3 under way, io_uring, direct; 10.0 %/);
    expect(text).toMatch(
      /streaming +predict 0.125 ms, cache 0.250 ms, compute 1.00 ms, wait 0.400 ms a token \(medians\)/,
    );
    expect(text).toMatch(
      /predictors +391 KiB read a token, low-rank in 1 of 2 layers; recall 95.0 %, precision 55.0 % and 99.6 % of the/,
    );
    expect(await tell({ predictors: [] })).toMatch(/predictors +391 KiB read a token\n/);
    expect(await tell({ queue_depth: 32 })).toContain("3 under way (at most 32), io_uring");
    expect(text).toContain("(3.0 MiB, heat; 61 a token in hot clusters of 1,500)");
    expect(text).not.toContain("I/O thread");
    expect(await tell({ hot_neurons: 0 })).toContain("(3.0 MiB, heat)");
    expect(await tell({ reads: "two-phase" })).toContain("direct, Gate first; ");
    expect(await tell({ io_core: 5 })).toContain("of decode time waiting for it, I/O thread on core 5\n");
    expect(await tell({ eviction: "window", window_tokens: 7, hot_neurons: 0 })).toContain(
      "a window that begins with 7 tokens)",
    );
  });

  it("has no empty figures where nothing ran", async () => {
    expect((await tableOf([])).split("\n").map((line) => line.split(" ")[0])).toEqual(["run", "engine", "kept"]);
  });
});

it("a comparison's table gives median, spread, interval and verdict", async () => {
  const speeds = (engine: string) => ({ tokenMs: [engine === "phonon" ? 2 : 4, 2, 2] });
  const text = comparisonTable(
    await compare(
      { engines: ["phonon", "llama.cpp"], rounds: 3, run: { prompt: "a" } },
      {},
      new FakeWorld({ run: speeds }),
    ),
  );
  expect(text).toContain("3 rounds");
  expect(text).toMatch(/phonon +500 {2}\[500 \.\. 500\], MAD 0/);
  expect(text).toContain("decode: phonon / llama.cpp = 1.33 (95 % interval 1.33 .. 1.33): phonon is faster");
  expect(text).toMatch(/prefill: .*: not distinguishable$/m);
});

it("a run's progress is read from its events", () => {
  const [started, prefill, first, second] = eventsOf().map((event) => eventProgress(event, 4));
  expect(started).toBeNull();
  expect(prefill).toMatchObject({ phase: "prefill", done: 4, total: 4, etaSeconds: 0 });
  expect(first).toMatchObject({ phase: "decoding", done: 1, total: 4 });
  expect(second!.etaSeconds).toBeCloseTo(0.013); // two of four tokens took 13 ms
});
