import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { perplexity } from "../../../electron/runs/perplexity.js";
import { useTemporaryHome } from "../home.js";
import { FakeWorld } from "./fake-world.js";

const home = useTemporaryHome();
let textFile = "";
beforeEach(async () => {
  textFile = join(home(), "text.txt");
  await writeFile(textFile, "Once upon a time. ".repeat(100));
});

describe("perplexity", () => {
  it("is what the agent scored", async () => {
    const world = new FakeWorld();
    const steps: number[] = [];
    const result = await perplexity({ run: {}, textFile }, { onScore: (event) => steps.push(event.done) }, world);
    expect(result).toMatchObject({ engine: "phonon", tokens: 50, nll: 3.5, perplexity: Math.exp(3.5), text: textFile });
    expect(result).not.toHaveProperty("kl_mean");
    expect(steps).toEqual([50]);
    expect(world.sessions[0]!.requests[0]).toMatchObject({
      type: "score",
      path: `/remote${textFile}`,
      context: 256,
      against: null,
    });
    expect(world.sessions[0]!.loads[0]!.context).toBe(256); // the model's own, below 512
    expect(world.sessions[0]!.closed).toBe(1);
  });

  it("from a pack says where the predictor took no part, and what a distance is of", async () => {
    const score = async (run: object, against?: "llama.cpp") =>
      (await perplexity({ run: { packed: true, ...run }, textFile, against }, {}, new FakeWorld())).warnings;
    expect(await score({})).toEqual([expect.stringContaining("with --batch 1 the predictor takes part")]);
    expect(await score({ batch: 1 })).toEqual([]);
    expect(await score({ off: ["predictor"] })).toEqual([]);
    expect(await score({ batch: 1 }, "llama.cpp")).toEqual([
      "the distance of predictions is that of the model in memory, not of its pack",
    ]);
  });

  it("as LLM in a flash is Phonon's own agent's, with the options that both have", async () => {
    const world = new FakeWorld({ packState: "current" });
    const run = { engine: "llmflash" as const, off: ["predictor" as const] };
    const result = await perplexity({ run, textFile, against: "phonon" }, {}, world);
    expect(result).toMatchObject({ engine: "llmflash", against: { engine: "phonon" }, kl_mean: null });
    expect(world.sessions.flatMap(({ loads }) => loads).map(({ stream }) => stream)).toEqual([
      { predictor: false, bundles: true, cache: true, pipeline: false, eviction: "window" },
      { predictor: false, bundles: true, cache: true, pipeline: true },
    ]);
  });

  it.each([
    ["phonon", "llama.cpp", 3.5, 3.4],
    ["llama.cpp", "phonon", 3.4, 3.5],
  ] as const)(
    "of %s against %s gives both, and the distance as the llama.cpp agent measures it",
    async (engine, against, own, other) => {
      const world = new FakeWorld();
      const result = await perplexity({ run: { engine }, textFile, against }, {}, world);
      expect(result).toMatchObject({
        engine,
        nll: own,
        against: { engine: against, nll: other },
        kl_mean: 1e-4,
        top1_agreement: 0.99,
      });
      const scored = world.sessions.map((session) => [session.engine, session.requests[0]!["against"]]);
      expect(scored).toEqual([
        [engine, engine === "llama.cpp" ? "phonon" : null],
        [against, against === "llama.cpp" ? "phonon" : null],
      ]);
      expect(world.sessions.every((session) => session.closed === 1)).toBe(true);
    },
  );

  it("refuses a text that is not there or empty, and an engine against itself", async () => {
    const missing = perplexity({ run: {}, textFile: join(home(), "no.txt") }, {}, new FakeWorld());
    await expect(missing).rejects.toMatchObject({ code: "file_missing" });
    await writeFile(textFile, "");
    await expect(perplexity({ run: {}, textFile }, {}, new FakeWorld())).rejects.toMatchObject({
      code: "file_invalid",
    });
    const itself = perplexity({ run: {}, textFile, against: "phonon" }, {}, new FakeWorld());
    await expect(itself).rejects.toMatchObject({ code: "bad_request" });
  });
});
