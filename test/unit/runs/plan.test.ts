import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { builtInModel, type PlanRequest } from "../../../electron/models/index.js";
import { planRun } from "../../../electron/runs/plan.js";
import { keepPack } from "../../../electron/store/index.js";
import { hashFile } from "../../../electron/targets/file-hash.js";
import { packName } from "../../../electron/targets/pack-name.js";
import { useTemporaryHome } from "../home.js";
import { deviceFacts } from "./events.js";
import { keepMeasured, measuredProfile } from "./measured.js";

const home = useTemporaryHome();
const story = builtInModel();

const made = {
  knobs: [{ name: "threads", value: 1, unit: "threads", source: "measured", reason: "there is one core" }],
  decode: {
    ...{ tokens_per_s: 10, token_ms: 100, flash_ms: 50, let_through: 17, active: 10, misses: 2 },
    ...{ hit_rate: 0.9, reads: 2, read_bytes: 16384 },
    parts_ms: { attention: 20, predictor: 10, cache: 5, compute: 30, stall: 30, other: 5 },
  },
  prefill: { ms: 1000, tokens_per_s: 128, ttft_ms: 1001, compute_ms: 900, flash_ms: 300 },
  memory: { peak_bytes: 1e9, parts_bytes: { cache: 5e8, held: 5e8 } },
  smallest_bytes: 5e8,
  largest_bytes: 2e9,
  curve: [{ memory_bytes: 1e9, cache_neurons: 1000, hit_rate: 0.9, tokens_per_s: 10 }],
  activity: { assumed: false, source: "measured" },
};

/** Answers with a plan, and keeps what it was asked. */
function planner(answer: object = made) {
  const asked: PlanRequest[] = [];
  const reader = {
    plan: (_path: string, request: object) => {
      asked.push(request as PlanRequest);
      return Promise.resolve(JSON.stringify(answer));
    },
  };
  return { asked, reader };
}

async function packRecord(target: string): Promise<void> {
  const { sha256 } = await hashFile(story);
  await keepPack({
    ...{ target, name: packName(sha256, undefined), path: "/remote/x.pack", model: story, sha256 },
    ...{ packed_at: "2026-01-02T03:04:05.000Z", agent_build: "b", bytes: 1, seconds: 1 },
    options: { text: null, energy: 0.995, sparsity: 0, requantise: null, activation: null, predictor: "auto", seed: 1 },
    profile: { tokens: 1024, source: "text", active: 0.1 },
    predictor: { let_through: 0.2, recall: 0.9, energy: 0.99, layers: [] },
  });
}

describe("plan", () => {
  it("needs a target that was measured, and says how", async () => {
    await expect(planRun({ target: "adb:X", model: "story" }, planner())).rejects.toMatchObject({
      code: "no_profile",
      message: expect.stringContaining("phonon probe --target adb:X") as string,
    });
  });

  it("asks with the kept profile and the user's limits, and leaves the rest to the planner", async () => {
    await keepMeasured();
    const { asked, reader } = planner();
    const planned = await planRun(
      { target: "local", model: "story", memory: 1e9, threads: 1, promptTokens: 64, activation: "relu" },
      { reader },
    );
    expect(asked).toEqual([
      {
        profile: measuredProfile,
        cores: [{ id: 0, class: "big" }],
        available_bytes: deviceFacts.memory.available_bytes,
        ...{ memory_bytes: 1e9, threads: 1, prompt: 64, activation: "relu" },
      },
    ]);
    expect(planned).toMatchObject({
      target: "local",
      model: story,
      measuredAt: "2026-01-02T03:04:05.000Z",
      plan: made,
    });
  });

  it("says which cores compute, and what is left out", async () => {
    await keepMeasured();
    const { asked, reader } = planner();
    await planRun({ target: "local", model: "story", cores: [4, 6], off: ["cache", "pipeline"] }, { reader });
    await planRun({ target: "local", model: "story", off: [] }, { reader });
    expect(asked[0]).toMatchObject({ compute_cores: [4, 6], threads: 2, off: ["cache", "pipeline"] });
    expect(asked[1]).not.toHaveProperty("off");
  });

  it("knows a pack that is here, and what packing told of one that is elsewhere", async () => {
    await keepMeasured();
    await keepMeasured("adb:A");
    await packRecord("adb:A"); // which remembers the model's hash too
    const { asked, reader } = planner();
    expect((await planRun({ target: "local", model: "story" }, { reader })).pack).toBeNull();
    expect((await planRun({ target: "adb:A", model: "story" }, { reader })).pack).toBeNull();
    const { sha256 } = await hashFile(story);
    const pack = join(home(), "packs", packName(sha256, undefined));
    await mkdir(join(home(), "packs"));
    await writeFile(pack, "GGUF");
    expect((await planRun({ target: "local", model: "story" }, { reader })).pack).toBe(pack);
    expect(asked.map(({ pack: at, statistics }) => at ?? statistics)).toEqual([
      undefined,
      { active: 0.1, let_through: 0.2, recall: 0.9, energy: 0.99 },
      pack,
    ]);
  });

  it("believes no plan that cannot be", async () => {
    await keepMeasured();
    for (const wrong of [{}, { ...made, decode: { ...made.decode, hit_rate: 7 } }, { ...made, knobs: "none" }]) {
      await expect(planRun({ target: "local", model: "story" }, planner(wrong))).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining(story) as string,
      });
    }
  });
});
