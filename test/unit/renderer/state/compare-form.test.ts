import { describe, expect, it } from "vitest";
import { requests } from "../../../../electron/ipc/contract.js";
import {
  chooseEngine,
  INITIAL_FORM,
  keepForm,
  requestOf,
  restoreForm,
} from "../../../../renderer/state/compare-form.js";

const ask = (change: object) => requestOf({ ...INITIAL_FORM, ...change }, "local", "story");

describe("the form of a comparison", () => {
  it("makes a request that the control side takes", () => {
    const outcome = ask({});
    expect(outcome).toEqual({
      request: {
        engines: ["phonon", "llama.cpp"],
        rounds: 6,
        run: { target: "local", model: "story", prompt: INITIAL_FORM.prompt, tokens: 128 },
      },
    });
    expect("request" in outcome && requests["compare.start"].safeParse(outcome.request).success).toBe(true);
    expect(ask({ ...chooseEngine(INITIAL_FORM, "first", "llama.cpp"), threads: " 2 " })).toMatchObject({
      request: { engines: ["llama.cpp", "phonon"], run: { threads: 2 } },
    });
  });

  it("holds both engines to one budget, from a cold cache", () => {
    const budget = { limitMemory: true, memoryMib: "64" };
    const limited = ask({ ...budget, coldCache: true, enforce: "balloon" });
    expect(limited).toMatchObject({ request: { run: { memory: 64 * 2 ** 20, coldCache: true, enforce: "balloon" } } });
    expect("request" in limited && requests["compare.start"].safeParse(limited.request).success).toBe(true);
    expect(ask({ ...budget, limitMemory: false, memoryMib: "" })).toEqual(ask({}));
    expect(ask({ ...budget, memoryMib: "8" })).toEqual({ problems: { memoryMib: expect.any(String) as string } });
  });

  it("compares an engine with another one, whichever is chosen", () => {
    const form = chooseEngine(INITIAL_FORM, "second", "llmflash");
    expect(form).toMatchObject({ first: "phonon", second: "llmflash" });
    expect(chooseEngine(form, "first", "llmflash")).toMatchObject({ first: "llmflash", second: "phonon" });
    expect(chooseEngine(form, "second", "phonon")).toMatchObject({ first: "llmflash", second: "phonon" });
  });

  it.each([
    ["rounds", "0"],
    ["rounds", "many"],
    ["tokens", ""],
    ["threads", "-1"],
    ["prompt", "  "],
  ])("says what is wrong with %s %j", (field, value) => {
    expect(ask({ [field]: value })).toEqual({ problems: { [field]: expect.any(String) as string } });
  });

  it("is kept over a reload, as far as it can be read", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const form = { ...INITIAL_FORM, rounds: "x", first: "llmflash" } as const;
    keepForm(form, storage);
    expect(restoreForm(storage)).toEqual(form);
    const from = (json: string) => restoreForm({ getItem: () => json });
    for (const json of ["", "{", "null", "[1]", '{"rounds":5,"first":"x","other":"y"}', '{"second":"phonon"}']) {
      expect(from(json)).toEqual(INITIAL_FORM);
    }
  });
});
