/** Plans by the real addon in its real process. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { builtInModel, planModel, type PlanRequest } from "../../../electron/models/index.js";
import { Reader } from "../../../electron/models/reader/reader.js";
import { useTemporaryHome } from "../home.js";
import { measuredProfile } from "../runs/measured.js";
import { HOSTILE } from "./gguf.js";

vi.setConfig({ testTimeout: 60_000 });
const home = useTemporaryHome();
let reader = new Reader();
afterEach(() => {
  reader.close();
  reader = new Reader();
});

const request = (change: Partial<PlanRequest> = {}): PlanRequest => ({
  profile: measuredProfile,
  cores: [{ id: 0, class: "big" }],
  available_bytes: 2 ** 30,
  context: 128,
  ...change,
});

describe("addon: plan", () => {
  it("gives every knob a source and a reason, and predicts more speed from more memory", async () => {
    const plan = await planModel(builtInModel(), request(), { reader });
    expect(plan.knobs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["threads", "compute_cores", "io_core", "cache_neurons", "read_pattern", "predictor"]),
    );
    for (const { reason } of plan.knobs) expect(reason.length).toBeGreaterThan(10);
    expect(plan.activity.assumed).toBe(true);
    expect(plan.decode.hit_rate).toBe(1);
    const less = await planModel(builtInModel(), request({ memory_bytes: Math.ceil(plan.smallest_bytes) }), { reader });
    expect(less.decode.hit_rate).toBeLessThan(1);
    expect(less.decode.tokens_per_s).toBeLessThan(plan.decode.tokens_per_s);
  });

  it("knows what packing told elsewhere", async () => {
    const statistics = { active: 0.2, let_through: 0.4, recall: 0.9, energy: 0.99 };
    const { activity, decode } = await planModel(builtInModel(), request({ statistics }), { reader });
    expect(activity.assumed).toBe(false);
    expect(decode.let_through).toBeCloseTo(0.4 * 6 * 1024, 0);
  });

  it("refuses what cannot work, with the file's name", async () => {
    const refused = (change: Partial<PlanRequest>, code: string) =>
      expect(planModel(builtInModel(), request(change), { reader })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(builtInModel()) as string,
      });
    await refused({ memory_bytes: 2 ** 20 }, "budget_too_small");
    await refused({ threads: 1000 }, "bad_request");
    await refused({ prompt: 1000 }, "prompt_too_long");
    await refused({ profile: { ...measuredProfile, products: [] } }, "bad_request");
    await refused({ pack: "/none.pack", activation: "gelu" }, "bad_request");
    await refused({ statistics: { active: 7, let_through: 1, recall: 1, energy: 1 } }, "bad_request");
  });

  it.each(HOSTILE)("of a hostile file is an error that names it: %s", async (_what, bytes) => {
    const path = join(home(), "hostile.gguf");
    await writeFile(path, bytes());
    await expect(planModel(path, request(), { reader })).rejects.toMatchObject({
      code: expect.stringMatching(/^(file_invalid|unsupported_architecture)$/) as string,
      message: expect.stringContaining(path) as string,
    });
  });
});
