import { describe, expect, it } from "vitest";
import { commonOptions, engineOptions, runRequestSchema, type RunRequest } from "../../../electron/runs/config.js";
import { parseRunRequest } from "../../../electron/runs/parse.js";

const prompt = "Once";

describe("a run request", () => {
  it("needs no more than a prompt", () => {
    expect(runRequestSchema.parse({ prompt })).toMatchObject({
      target: "local",
      engine: "phonon",
      model: "story",
      tokens: 128,
      seed: 0,
      greedy: false,
      sampler: { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05, repeatPenalty: 1, repeatLast: 64 },
      stop: [],
    });
  });

  it.each<[string, object, string]>([
    ["no prompt", {}, "exactly one"],
    ["two prompts", { prompt, promptRandom: 4 }, "exactly one"],
    ["an unknown option", { prompt, colour: "red" }, "colour"],
    ["a budget that is a text", { prompt, memory: "2G" }, "memory"],
    ["a budget in which nothing runs", { prompt, memory: 1 << 20 }, "memory"],
    ["a means without a budget", { prompt, enforce: "balloon" }, "enforce: needs a memory budget"],
    ["a target that is a path", { prompt, target: "adb:../x" }, "target"],
    ["an unknown engine", { prompt, engine: "flash" }, "engine"],
    ["no tokens", { prompt, tokens: 0 }, "tokens"],
    ["half a token", { prompt, tokens: 1.5 }, "tokens"],
    ["an endless run", { prompt, tokens: 1e9 }, "tokens"],
    ["a thousand threads", { prompt, threads: 1000 }, "threads"],
    ["fewer cores than threads", { prompt, threads: 2, cores: [0] }, "cores"],
    ["a negative seed", { prompt, seed: -1 }, "seed"],
    ["a seed that a double cannot hold", { prompt, seed: 2 ** 53 }, "seed"],
    ["a temperature that is no number", { prompt, sampler: { temperature: NaN } }, "sampler.temperature"],
    ["half a character", { prompt: "\ud83e" }, "prompt"],
    ["a prompt that fits in no line", { prompt: "\n".repeat(500_000) }, "prompt"],
    ["a token that is none", { promptTokens: [-1] }, "promptTokens"],
    ["an empty stop string", { prompt, stop: [""] }, "stop"],
    ["llama.cpp's option with Phonon", { prompt, mmap: false }, "mmap: is not an option of engine phonon"],
    ["Phonon's option with llama.cpp", { prompt, engine: "llama.cpp", kernels: "avx2" }, "kernels: is not an option"],
    ["a pack for llama.cpp", { prompt, engine: "llama.cpp", packed: true }, "packed: is not an option of engine"],
    ["llmflash from memory", { prompt, engine: "llmflash", packed: false }, "packed: is not an option of engine"],
    ["llmflash with another cache", { prompt, engine: "llmflash", eviction: "lru" }, "eviction: is not an option of"],
    ["llama.cpp's option with llmflash", { prompt, engine: "llmflash", mmap: false }, "mmap: is not an option of"],
    ["a stage that is none", { prompt, off: ["gpu"] }, "off.0"],
    ["an option of packs without one", { prompt, packed: false, eviction: "lru" }, "eviction: is an option of packs"],
    ["no patience at all", { prompt, patience: 0 }, "patience"],
    ["an instruction-set level with a path in it", { prompt, kernels: "../x" }, "kernels"],
  ])("is refused with %s, naming the field", (_, request, message) => {
    expect(() => parseRunRequest(request)).toThrow(message);
    try {
      parseRunRequest(request);
    } catch (error) {
      expect(error).toMatchObject({ code: "bad_request" });
    }
  });

  it("may be parsed again as it is kept", () => {
    const request: RunRequest = { promptTokens: [1, 2], engine: "llama.cpp", mmap: false, forceTokens: 7 };
    const config = parseRunRequest(request);
    expect(parseRunRequest(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it("falls apart into what all engines have and what one of them has", () => {
    const config = parseRunRequest({ prompt, off: ["cache"], kernels: "avx2", memory: 2 ** 30 });
    expect(commonOptions(config)).not.toHaveProperty("off");
    expect(engineOptions(config, "phonon")).toEqual({ off: ["cache"], kernels: "avx2" });
    expect(engineOptions(config, "llmflash")).toEqual({ off: ["cache"], kernels: "avx2" });
    expect(engineOptions(config, "llama.cpp")).toEqual({ mmap: true, repack: true, flashAttention: true });
    expect({ ...commonOptions(config), ...engineOptions(config) }).toEqual(config);
  });
});
