import { describe, expect, it } from "vitest";
import { requests } from "../../../electron/agent/messages.js";
import { loadMessage, runMessage } from "../../../electron/runs/messages.js";
import { parseRunRequest } from "../../../electron/runs/parse.js";
import { randomTokens } from "../../../electron/runs/random.js";

describe("the agent's requests", () => {
  it("leave to the agent what nobody chose", () => {
    expect(loadMessage(parseRunRequest({ prompt: "a" }), "/m.gguf")).toEqual({ path: "/m.gguf" });
  });

  it("carry what was chosen, each to the engine that has it", () => {
    const common = { prompt: "a", cores: [4, 5], context: 512, batch: 64 };
    const load = { path: "/m", threads: 2, cores: [4, 5], context: 512, batch: 64 };
    expect(loadMessage(parseRunRequest({ ...common, kernels: "avx2", activation: "relu" }), "/m")).toEqual({
      ...load,
      kernels: "avx2",
      activation: "relu",
    });
    expect(loadMessage(parseRunRequest({ ...common, engine: "llama.cpp", mmap: false }), "/m")).toEqual({
      ...load,
      mmap: false,
      repack: true,
      flash_attention: true,
    });
  });

  it("carry a memory budget, and how it is enforced where that was chosen", () => {
    const load = (request: object) => loadMessage(parseRunRequest({ prompt: "a", ...request }), "/m");
    expect(load({ memory: 3_145_728_000 })).toEqual({ path: "/m", memory_bytes: 3_145_728_000 });
    expect(load({ memory: 3_145_728_000, enforce: "balloon", coldCache: true })).toEqual({
      path: "/m",
      memory_bytes: 3_145_728_000,
      enforce: "balloon",
      cold_cache: true,
    });
    expect(load({ enforce: "measure" })).toEqual({ path: "/m", enforce: "measure" });
  });

  it("are what the protocol takes", () => {
    const config = parseRunRequest({ prompt: "a", stop: ["\n"], forceTokens: 3, greedy: true, seed: 9 });
    const message = runMessage(config, "R1", 2048);
    expect(requests.run.request.parse(message)).toEqual({ ...message, type: undefined });
    expect(message).toMatchObject({ prompt: "a", force_tokens: 3, sampler: { temperature: 0, top_k: 40, seed: 9 } });
  });

  it("draw random prompts from the vocabulary, the same for the same seed", () => {
    const config = parseRunRequest({ promptRandom: 500, seed: 5 });
    const { prompt_tokens: tokens = [] } = runMessage(config, "R1", 100);
    expect(tokens).toEqual(runMessage(config, "R2", 100).prompt_tokens);
    expect(tokens).toHaveLength(500);
    expect(new Set(tokens).size).toBeGreaterThan(90);
    expect(tokens.every((token) => Number.isInteger(token) && token >= 0 && token < 100)).toBe(true);
    expect(randomTokens(8, 2 ** 20, 1)).not.toEqual(randomTokens(8, 2 ** 20, 2));
  });
});
