import { describe, expect, it } from "vitest";
import { runRequestSchema } from "../../../../electron/runs/config.js";
import { NUMBERS, rangeOf, type NumberName } from "../../../../renderer/state/setup-numbers.js";
import { budgetRange, firstBudget, inBudget } from "../../../../renderer/state/setup-streaming.js";
import { INITIAL_SETUP, keepSetup, requestOf, restoreSetup } from "../../../../renderer/state/setup.js";

const SAMPLER = new Set<NumberName>(["temperature", "topK", "topP", "minP", "repeatPenalty"]);

/** The request's field and what its value is made of the typed number. */
const REQUESTED: Partial<Record<NumberName, [string, (typed: number) => number]>> = {
  memoryMib: ["memory", (mib) => mib * 1024 ** 2],
};

const problemsOf = (change: Partial<typeof INITIAL_SETUP>) => {
  const outcome = requestOf({ ...INITIAL_SETUP, ...change });
  return "problems" in outcome ? Object.keys(outcome.problems) : [];
};

describe("setup", () => {
  it("as it stands at first makes a request that the control side takes", () => {
    const outcome = requestOf(INITIAL_SETUP);
    expect("request" in outcome && runRequestSchema.safeParse(outcome.request).success).toBe(true);
  });

  it("with everything set makes a request that the control side takes", () => {
    const setup = {
      ...INITIAL_SETUP,
      engine: "llama.cpp" as const,
      greedy: false,
      seed: "7",
      threads: "2",
      context: "2048",
      temperature: "1.25",
      topP: ".9",
      forceTokens: "3",
      ignoreEnd: true,
      target: "adb:R5",
    };
    const outcome = requestOf(setup);
    const request = "request" in outcome ? runRequestSchema.parse(outcome.request) : null;
    expect(request).toMatchObject({ engine: "llama.cpp", greedy: false, seed: 7, threads: 2, target: "adb:R5" });
    expect(request).toMatchObject({ context: 2048, forceTokens: 3, ignoreEnd: true });
    expect(request?.sampler).toMatchObject({ temperature: 1.25, topK: 40, topP: 0.9, minP: 0.05, repeatPenalty: 1 });
  });

  it.each([
    [{ prompt: "  \n" }, ["prompt"]],
    [{ tokens: "" }, ["tokens"]],
    [{ tokens: "0" }, ["tokens"]],
    [{ tokens: "1e3" }, ["tokens"]],
    [{ tokens: "-5" }, ["tokens"]],
    [{ tokens: "99999999999999999999" }, ["tokens"]],
    [{ threads: "none" }, ["threads"]],
    [{ threads: "257" }, ["threads"]],
    [{ greedy: false, seed: "" }, ["seed"]],
    [{ greedy: true, seed: "" }, []],
    [{ tokens: " 12 " }, []],
    [{ temperature: "warm", topK: "1.5" }, ["temperature", "topK"]],
    [{ greedy: true, temperature: "warm", topK: "1.5" }, []],
    [{ topP: "0", minP: "0", repeatPenalty: "0" }, ["topP", "repeatPenalty"]],
    [{ context: "0", forceTokens: "-1" }, ["context", "forceTokens"]],
    [{ context: "", forceTokens: "" }, []],
  ])("%o has problems with %o", (change, fields) => expect(problemsOf(change)).toEqual(fields));

  it("of a greedy run says nothing of how to sample", () => {
    const outcome = requestOf({ ...INITIAL_SETUP, greedy: true });
    expect("request" in outcome && Object.keys(outcome.request)).not.toContain("sampler");
  });

  it.each(Object.keys(NUMBERS) as NumberName[])("of %s says what it may be just as the control side does", (name) => {
    const { least, most, whole } = NUMBERS[name];
    for (const number of [least - 1, least, least + 0.5, most, most + 1]) {
      const setup = { ...INITIAL_SETUP, limitMemory: true, [name]: String(number) };
      const outcome = requestOf(setup);
      const { prompt } = setup;
      const [key, made] = REQUESTED[name] ?? [name, (typed: number) => typed];
      const field = SAMPLER.has(name) ? { sampler: { [name]: number } } : { [key]: made(number) };
      const taken =
        Number.isInteger(number) || !whole ? runRequestSchema.safeParse({ prompt, ...field }).success : false;
      expect([number, "request" in outcome]).toEqual([number, taken]);
    }
    expect(rangeOf(name)).toMatch(whole ? /^A whole number .*\.$/ : /^A number .*\.$/);
  });

  it("of a budget says how it is held, and how a pack is streamed", () => {
    const streaming = { limitMemory: true, memoryMib: "300", enforce: "cgroup", packed: "always", eviction: "lru" };
    const stages = {
      offCache: true,
      offPredictor: true,
      cacheNeurons: "4096",
      verifyReads: true,
      coldCache: true,
      patience: "2.5",
    };
    const request = (change: object) => {
      const outcome = requestOf({ ...INITIAL_SETUP, ...streaming, ...stages, ...change });
      return "request" in outcome ? runRequestSchema.parse(outcome.request) : null;
    };
    const limits = { memory: 300 * 1024 ** 2, enforce: "cgroup", coldCache: true };
    const pack = {
      packed: true,
      eviction: "lru",
      off: ["predictor", "cache"],
      cacheNeurons: 4096,
      verifyReads: true,
      patience: 2.5,
    };
    expect(request({})).toMatchObject({ ...limits, ...pack });
    expect(request({ packed: "never" })).toMatchObject({ ...limits, packed: false });
    expect(request({ packed: "never" })).not.toHaveProperty("off");
    const flash = request({ engine: "llmflash" });
    expect(flash).toMatchObject({ ...limits, off: ["predictor", "cache"], cacheNeurons: 4096, patience: 2.5 });
    expect(flash).not.toHaveProperty("packed");
    expect(flash).not.toHaveProperty("eviction");
    const other = request({ engine: "llama.cpp" });
    expect(other).toMatchObject(limits);
    for (const key of Object.keys(pack)) expect(other).not.toHaveProperty(key);
    expect(request({ limitMemory: false, memoryMib: "x" })).not.toHaveProperty("memory");
    expect(problemsOf({ limitMemory: true, memoryMib: "" })).toEqual(["memoryMib"]);
    expect(request({ eviction: "of another version", enforce: "gently" })).toMatchObject({ enforce: "auto" });
  });

  it("takes the budget that is offered for a model that does not fit", () => {
    const outcome = requestOf(
      Object.assign({ ...INITIAL_SETUP, engine: "llama.cpp", packed: "never" }, inBudget(3 * 2 ** 30 + 7)),
    );
    const request = "request" in outcome ? runRequestSchema.parse(outcome.request) : null;
    expect(request).toMatchObject({ engine: "phonon", memory: 3 * 2 ** 30 });
    expect(request).not.toHaveProperty("packed");
  });

  it.each([
    [13e6, 16e9],
    [4e9, 16e9],
    [26e9, 8e9],
    [0, null],
  ])("offers budgets for a file of %d bytes on a target with %d of memory", (file, memory) => {
    const range = budgetRange(file, memory);
    expect(range.most).toBeGreaterThan(range.least);
    expect((range.most - range.least) % range.step).toBe(0);
    if (memory !== null) expect(range.most).toBeLessThanOrEqual(memory / 1024 ** 2);
    const first = firstBudget(range, file);
    expect(first).toBeGreaterThanOrEqual(range.least);
    expect(first).toBeLessThanOrEqual(range.most);
  });

  it("comes back after a reload", () => {
    const setup = { ...INITIAL_SETUP, prompt: "Hello 🦊", engine: "llama.cpp" as const };
    let kept: string | null = null;
    keepSetup(setup, { setItem: (_, value) => (kept = value) });
    expect(restoreSetup({ getItem: () => kept })).toEqual(setup);
  });

  it.each([null, "", "{", "[]", "null", "7", '{"tokens":5,"engine":"x","other":1,"__proto__":{"greedy":1}}'])(
    "falls back to what fits: %s",
    (json) => expect(restoreSetup({ getItem: () => json })).toEqual(INITIAL_SETUP),
  );
});
