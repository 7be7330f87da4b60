import { describe, expect, it } from "vitest";
import { runRequestSchema } from "../../../../electron/runs/config.js";
import { INITIAL_SETUP, requestOf, restoreSetup } from "../../../../renderer/state/setup.js";

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
      target: "adb:R5",
    };
    const outcome = requestOf(setup);
    const request = "request" in outcome ? runRequestSchema.parse(outcome.request) : null;
    expect(request).toMatchObject({ engine: "llama.cpp", greedy: false, seed: 7, threads: 2, target: "adb:R5" });
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
  ])("%o has problems with %o", (change, fields) => expect(problemsOf(change)).toEqual(fields));

  it("comes back after a reload", () => {
    const setup = { ...INITIAL_SETUP, prompt: "Hello 🦊", engine: "llama.cpp" as const };
    expect(restoreSetup(JSON.stringify(setup))).toEqual(setup);
  });

  it.each([null, "", "{", "[]", "null", "7", '{"tokens":5,"engine":"x","other":1,"__proto__":{"greedy":1}}'])(
    "falls back to what fits: %s",
    (json) => expect(restoreSetup(json)).toEqual(INITIAL_SETUP),
  );
});
