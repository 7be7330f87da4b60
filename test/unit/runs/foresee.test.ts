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
    const prediction = await foreseen({ memory: 2 ** 30, context: 128 });
    expect(prediction).toMatchObject({ hit_rate: 1, assumed: true });
    expect(prediction!.decode_tps).toBeGreaterThan(0);
    expect(prediction!.peak_bytes).toBeLessThan(2 ** 30);
    const longer = await foreseen({ memory: 2 ** 30, context: 128, prompt: "word ".repeat(64) });
    expect(longer!.ttft_ms).toBeGreaterThan(prediction!.ttft_ms);
  });

  it("is nothing where stages are left out, for other engines, or where the budget is too small", async () => {
    await keepMeasured();
    expect(await foreseen({ memory: 2 ** 30, off: ["cache"] })).toBeNull();
    expect(await foreseen({ memory: 2 ** 30, engine: "llama.cpp" })).toBeNull();
    expect(await foreseen({ memory: 2 ** 24 })).toBeNull();
  });
});
