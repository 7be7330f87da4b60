import { describe, expect, it } from "vitest";
import type { HardwareProfile } from "../../../electron/agent/messages.js";
import type { RunSummary } from "../../../electron/runs/config.js";
import type { Measured } from "../../../electron/runs/rounds.js";
import { contendersOf, SETS } from "../../bench/flash-contenders.js";
import { flashBound, memorySaved, streamedOf } from "../../bench/flash-figures.js";
import { resultOf } from "../../bench/flash-measure.js";
import { flashRows } from "../../bench/flash-rows.js";
import { full, quick } from "../../bench/flash-scale.js";
import { rowLines, verdictOf } from "../../bench/print.js";
import { isNamed } from "../../bench/rows.js";
import { parseRunRequest } from "../../../electron/runs/parse.js";
import { useTemporaryHome } from "../home.js";
import { streamedSummary } from "../store/make-run.js";

useTemporaryHome();
const MiB = 1024 ** 2;
const scale = { ...full, budgetBytes: 100 * MiB };

/** `rounds` runs at about `speed` tokens per second, each a little faster than the one before. */
async function contender(name: string, speed: number, change: Partial<RunSummary> = {}, rounds = 6): Promise<Measured> {
  const summary = await streamedSummary();
  const summaries = Array.from({ length: rounds }, (_, i) => ({
    ...{ ...summary, decode_tps: speed * (1 + i / 1000), prefill_tps: 10 * speed },
    ...change,
  }));
  return { name, engine: "phonon", summaries, failure: null };
}
const fromMemory = ({ summaries, ...rest }: Measured): Measured => ({
  ...rest,
  summaries: summaries.map((summary) => ({ ...summary, stream: undefined })),
});
const failed = async (name: string): Promise<Measured> => {
  const failure = { code: "budget_too_small", message: "too little" };
  return { ...(await contender(name, 1)), summaries: [], failure };
};
const peak = (bytes: number): Partial<RunSummary> => ({
  memory: { budget_bytes: null, peak_bytes: bytes, enforced: "none", cold_cache: null, note: "" },
});
const rowNamed = (name: string) => flashRows.find((row) => row.name === name)!;
const measure = (name: string, measured: Measured[], bound: number | null = null) =>
  resultOf(rowNamed(name), measured, scale, () => bound);

describe("a flash row", () => {
  const llamas = async () => [
    fromMemory(await contender("llama.cpp", 1)),
    fromMemory(await contender("llama.cpp, llama file", 2)),
  ];

  it("is Phonon over the faster llama.cpp, with what streaming took beside it", async () => {
    const row = measure("flash-decode", [await contender("phonon", 50), ...(await llamas())], 80);
    expect(row).toMatchObject({ reached: true, counts: true, ratio: { against: "llama.cpp, llama file" } });
    expect(row.ratio!.ratio).toBeCloseTo(25, 6);
    expect(rowLines(row)).toEqual([
      "reached  flash-decode   decode, half of the FFN on flash, over llama.cpp: 25.00 x [25.00, 25.00] against llama.cpp, llama file; goal >= 24.6",
      "         flash alone would allow Phonon 80.0 tokens/s",
      expect.stringMatching(/^ {9}phonon +50\.13 tokens\/s \(50\.00 to 50\.25\)$/),
      expect.stringContaining("llama.cpp"),
      expect.stringContaining("llama.cpp, llama file"),
      "         phonon, per token: 300 neurons active, 350 let through, 30 missed (10.0 % of the active ones), 30 reads of 0.12 MiB together",
    ]);
  });

  it("does not count where fewer than 3.5 % of the active neurons are missed", async () => {
    const { stream } = await streamedSummary({ misses: 10 });
    const row = measure("flash-decode", [await contender("phonon", 50, { stream }), ...(await llamas())]);
    expect(row).toMatchObject({ reached: false, counts: false });
    expect(rowLines(row)[0]).toMatch(/^DOES NOT COUNT flash-decode .* 25\.00 x/);
    const enough = (await streamedSummary({ misses: 11 })).stream;
    expect(
      measure("flash-decode", [await contender("phonon", 50, { stream: enough }), ...(await llamas())]),
    ).toMatchObject({ reached: true });
  });

  it("is not measured where an engine is missing or has failed, and says so", async () => {
    const phonon = await contender("phonon", 50);
    const without = measure("flash-llmflash", [phonon]);
    expect(without).toMatchObject({ reached: false, absent: "there is no llmflash yet" });
    expect(verdictOf(without)).toBe("NOT MEASURED");
    const broken = measure("flash-llmflash", [phonon, await failed("llmflash")]);
    expect(broken.absent).toBe("llmflash failed: too little");
    expect(measure("flash-llmflash", [phonon, await contender("llmflash", 13)])).toMatchObject({ reached: true });
    expect(measure("flash-llmflash", [phonon, await contender("llmflash", 14)])).toMatchObject({ reached: false });
  });

  it("of the model without overlap is held against the same llama.cpp, and must miss as much", async () => {
    const ours = { ...(await contender("phonon, independent", 30)) };
    expect(measure("flash-decode-independent", [ours, ...(await llamas())], 40)).toMatchObject({
      ratio: { ratio: expect.closeTo(15) as number, against: "llama.cpp, llama file" },
      notes: ["flash alone would allow Phonon 40.0 tokens/s"],
    });
    const { stream } = await streamedSummary({ misses: 10 });
    const easy = await contender("phonon, independent", 90, { stream });
    expect(measure("flash-decode-independent", [easy, ...(await llamas())])).toMatchObject({ counts: false });
  });

  it("in memory is the faster of Phonon's two ways over the fastest llama.cpp, and counts without misses", async () => {
    const { stream } = await streamedSummary({ misses: 0 });
    const cached = await contender("phonon, all of its pack cached", 30, { stream });
    const free = [
      ...[fromMemory(await contender("phonon, no pack", 20)), ...(await llamas())],
      fromMemory(await contender("llama.cpp, llama file, no repacking", 10)),
    ];
    expect(measure("flash-in-memory", [cached, ...free])).toMatchObject({
      ...{ reached: true, counts: true, notes: ["Phonon's fastest: phonon, all of its pack cached"] },
      ratio: { ratio: expect.closeTo(3) as number, against: "llama.cpp, llama file, no repacking" },
      streamed: [{ misses: 0 }],
    });
    const slow = await contender("phonon, all of its pack cached", 12, { stream });
    const row = measure("flash-in-memory", [slow, ...free]);
    expect(row).toMatchObject({ reached: false, notes: ["Phonon's fastest: phonon, no pack"] });
    expect(row.ratio!.ratio).toBeCloseTo(2);
  });

  it("of SiLU is Phonon over LLM in a flash on the same pack", async () => {
    const both = [await contender("phonon", 5), await contender("llmflash", 2)];
    expect(measure("flash-silu", both, 7)).toMatchObject({
      ...{ reached: true, ratio: { ratio: expect.closeTo(2.5) as number, against: "llmflash" } },
      notes: ["flash alone would allow Phonon 7.0 tokens/s"],
    });
  });

  it("climbs the ladder where each step gains beyond the noise", async () => {
    const rungs = async (speeds: number[], rounds?: number) =>
      Promise.all(
        ["llama.cpp", "baseline", "+bundle", "+cache", "phonon"].map((name, i) =>
          contender(name, speeds[i]!, {}, rounds),
        ),
      );
    expect(measure("flash-ladder", await rungs([1, 2, 4, 8, 16]))).toMatchObject({ reached: true, count: 3 });
    const flat = measure("flash-ladder", await rungs([1, 2, 4, 3, 16]));
    expect(flat).toMatchObject({ reached: false, count: 2 });
    expect(flat.notes).toContain("+cache: 0.75 x [0.75, 0.75], slower");
    expect(flat.notes?.[0]).toMatch(/^baseline over llama.cpp: 2.00 x .*, faster$/);
    expect(measure("flash-ladder", await rungs([2, 1, 4, 8, 16]))).toMatchObject({ reached: false, count: 3 });
    expect(measure("flash-ladder", await rungs([1, 2, 4, 8, 16], 2))).toMatchObject({ reached: false, count: 0 });
  });

  it("judges waiting and latency by the median round, and memory by the worst", async () => {
    const { stream } = await streamedSummary({ stall_ms: 0.4 }); // of 4 ms a token
    const ours = await contender("phonon", 50, { stream, decode_ms: { mean: 4, p50: 4, p90: 5, p99: 7 } });
    expect(measure("flash-stall", [ours])).toMatchObject({
      reached: true,
      value: { median: expect.closeTo(10) as number },
    });
    expect(measure("flash-latency", [ours])).toMatchObject({ reached: true, value: { median: 1.75 } });
    const held = await contender("phonon, not held", 50, peak(90 * MiB));
    expect(measure("flash-peak", [held])).toMatchObject({ reached: true, value: { max: 0.9 } });
    held.summaries[3] = { ...held.summaries[3]!, ...peak(101 * MiB) };
    expect(measure("flash-peak", [held])).toMatchObject({ reached: false, value: { median: 0.9, max: 1.01 } });
  });

  it("compares prefill by prefill's speed, with no bound of decoding", async () => {
    const both = [await contender("phonon", 4.6), fromMemory(await contender("phonon in memory", 5))];
    const row = measure("flash-prefill", both, 80);
    expect(row).toMatchObject({
      reached: true,
      notes: [],
      measured: [{ spread: { median: 46 } }, { spread: { median: 50 } }],
    });
    expect(row.ratio!.ratio).toBeCloseTo(0.92, 9);
  });

  it("judges the planner by how far it was off, in speed and in memory", async () => {
    expect(measure("flash-prediction", [await contender("phonon", 50)]).absent).toBe("the runs hold no prediction");
    const off = async (decode_tps: number, peak_bytes: number) => {
      const error = { decode_tps, peak_bytes, prefill_tps: null, ttft_ms: null };
      const said = { decode_tps: 50, prefill_tps: 1, ttft_ms: 1, hit_rate: 1, peak_bytes: 1, assumed: false, error };
      return measure("flash-prediction", [await contender("phonon", 50, { predicted: said })]);
    };
    expect(await off(-0.14, 0.04)).toMatchObject({
      reached: true,
      value: { median: expect.closeTo(14) as number },
      notes: ["memory: 4.0 % off"],
    });
    expect(await off(0.16, 0.04)).toMatchObject({ reached: false });
    expect(await off(-0.14, -0.06)).toMatchObject({ reached: false });
  });

  it("finds the least memory at llama.cpp's speed, by peaks and not by budgets", async () => {
    const llama = fromMemory(await contender("llama.cpp", 5, peak(1000)));
    const [large, small, slow] = [
      await contender("phonon in 70 % of the file's size", 9, peak(700)),
      await contender("phonon in 60 % of the file's size", 6, peak(550)),
      await contender("phonon in 50 % of the file's size", 4, peak(400)),
    ];
    const other = fromMemory(await contender("llama.cpp, llama file", 4, peak(900)));
    const lean = fromMemory(await contender("llama.cpp, llama file, no repacking", 4, peak(800)));
    expect(memorySaved(llama, lean, [large, small, slow])).toEqual({
      percent: expect.closeTo(31.25) as number,
      with: small.name,
    });
    expect(memorySaved(llama, lean, [slow])).toBeNull();
    const none = await failed("phonon in 40 % of the file's size");
    const tried = [large, { ...small, summaries: small.summaries.map((s) => ({ ...s, ...peak(440) })) }, slow, none];
    const row = measure("flash-memory", [llama, other, lean, ...tried]);
    expect(row).toMatchObject({ reached: true, count: expect.closeTo(45) as number });
    expect(row.notes).toContain("phonon in 40 % of the file's size failed: budget_too_small");
    expect(row.notes![0]).toBe(
      "with phonon in 60 % of the file's size: the speed of llama.cpp, the peak of llama.cpp, llama file, no repacking",
    );
    const lacking = measure("flash-memory", [llama, other, lean, slow]);
    expect(lacking).toMatchObject({ reached: false, count: 0 });
  });
});

describe("what flash alone would allow", () => {
  const point = { pattern: "random" as const, depth: 1, range_bytes: 1e9, core: null, p50_us: 1, p99_us: 1, cpu_us: 1 };
  const profile = (points: object[]) =>
    ({ flash: { points: points.map((p) => ({ ...point, ...p })) } }) as unknown as HardwareProfile;
  const streamed = async () => streamedOf(await contender("phonon", 1))!; // 30 reads of 4 KiB

  it("is the best rate of random reads of that size over a token's reads", async () => {
    const points = [
      { block_bytes: 4096, bytes_per_s: 4096 * 30_000 },
      { block_bytes: 4096, bytes_per_s: 4096 * 60_000, depth: 32 },
      { block_bytes: 65_536, bytes_per_s: 65_536 * 90_000 },
      { block_bytes: 4096, bytes_per_s: 4096 * 900_000, pattern: "sequential" },
    ];
    expect(flashBound(profile(points), await streamed())).toBeCloseTo(2000, 6);
  });

  it("is unknown without reads, or without a measurement", async () => {
    expect(flashBound(profile([]), await streamed())).toBeNull();
    expect(flashBound(profile([]), { ...(await streamed()), reads: 0 })).toBeNull();
  });
});

describe("the contenders", () => {
  it("can all be asked for, and each row's are among its set's", () => {
    for (const size of [full, quick]) {
      for (const set of SETS) {
        const contenders = contendersOf(set, size, () => 4e9);
        for (const { request } of contenders)
          expect(() => parseRunRequest({ ...request, model: "story" })).not.toThrow();
        const names = contenders.map(({ name }) => name);
        for (const { needs, tries = [] } of flashRows.filter((row) => row.set === set)) {
          expect(names).toEqual(expect.arrayContaining([...needs, ...tries]));
        }
      }
    }
  });

  it("of SiLU share a pack with thresholds, and no other model has such a pack", () => {
    const contenders = contendersOf("silu", full, () => 4e9);
    expect(contenders.map(({ name }) => name)).toEqual(["phonon", "llmflash"]);
    for (const { model } of contenders) {
      expect(model).toMatchObject({ synth: { activation: "silu", sparsity: 0.7 }, pack: { sparsity: 0.5 } });
    }
    for (const model of [full.bamboo, full.independent, full.dense]) expect(model.pack).toBeUndefined();
  });

  it("are llama.cpp without repacking under a limit, and as it likes best in memory", () => {
    const llamas = (set: (typeof SETS)[number]) =>
      contendersOf(set, full, () => 4e9).filter(({ request }) => request.engine === "llama.cpp");
    expect(llamas("half-on-flash").map(({ request }) => request.repack)).toEqual([false, false]);
    expect(llamas("in-memory").map(({ request }) => request.repack ?? true)).toEqual([true, true, false]);
    expect(llamas("in-memory").every(({ request }) => request.memory === undefined)).toBe(true);
  });

  it("face one budget and a cold page cache where they are compared, the ladder's rungs too", () => {
    for (const { name, request } of contendersOf("half-on-flash", full, () => 4e9)) {
      expect({ name, ...request }).toMatchObject({
        memory: 3000 * MiB,
        coldCache: true,
        forceTokens: 7,
        promptRandom: 16,
      });
      expect(request.enforce).toBe(name === "phonon, not held" ? "measure" : undefined);
    }
  });

  it("are chosen by a row's name or its beginning", () => {
    expect(
      ["flash-decode", "flash-decode-independent", "flash"].map((wanted) => isNamed("flash-decode", wanted)),
    ).toEqual([true, false, true]);
    expect(isNamed("flash-decode", "fla")).toBe(false);
    expect(new Set(flashRows.map(({ name }) => name)).size).toBe(flashRows.length);
  });
});
