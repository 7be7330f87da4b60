import { describe, expect, it } from "vitest";
import { builtInModel } from "../../../electron/models/index.js";
import { runRequestSchema, type RunRequest } from "../../../electron/runs/config.js";
import { foresee } from "../../../electron/runs/foresee.js";
import { useTemporaryHome } from "../home.js";
import { keepMeasured } from "./measured.js";

useTemporaryHome();
const story = builtInModel();
const foreseen = (request: RunRequest) => foresee(runRequestSchema.parse({ prompt: "Once", ...request }), story);

describe("what is foreseen of a run", () => {
  it("is the planner's speed and memory, of a target that was measured", async () => {
    expect(await foreseen({ memory: 2 ** 30, context: 128 })).toBeNull();
    await keepMeasured();
    const { prediction } = (await foreseen({ memory: 2 ** 30, context: 128 }))!;
    expect(prediction).toMatchObject({ hit_rate: 1, assumed: true });
    expect(prediction.decode_tps).toBeGreaterThan(0);
    expect(prediction.peak_bytes).toBeLessThan(2 ** 30);
    const { prediction: longer } = (await foreseen({ memory: 2 ** 30, context: 128, prompt: "word ".repeat(64) }))!;
    expect(longer.ttft_ms).toBeGreaterThan(prediction.ttft_ms);
  });

  it("knows the stages that are left out, and LLM in a flash", async () => {
    await keepMeasured();
    const speed = async (change: Partial<RunRequest>) =>
      (await foreseen({ memory: 2 ** 30, context: 128, cacheNeurons: 3000, ...change }))!.prediction;
    const full = await speed({});
    const rungs = [
      await speed({ off: ["bundle", "cache", "pipeline"] }),
      await speed({ off: ["cache", "pipeline"] }),
      await speed({ off: ["pipeline"] }),
      full,
    ];
    const speeds = rungs.map(({ decode_tps }) => decode_tps);
    expect(speeds).toEqual([...speeds].sort((a, b) => a - b));
    expect(rungs.map(({ hit_rate }) => hit_rate > 0.5)).toEqual([false, false, true, true]);
    const other = await speed({ engine: "llmflash" });
    expect(other).toEqual(await speed({ off: ["pipeline"], eviction: "window" }));
    expect(other.decode_tps).toBeLessThan(full.decode_tps);
    expect((await speed({ off: ["predictor"] })).hit_rate).toBeLessThan(full.hit_rate);
  });

  it("is nothing where the budget is too small", async () => {
    await keepMeasured();
    expect(await foreseen({ memory: 2 ** 24 })).toBeNull();
  });
});
