import { describe, expect, it } from "vitest";
import { requests } from "../../../../electron/ipc/contract.js";
import {
  INITIAL_STUDY,
  keepStudyForm,
  offersOf,
  restoreStudyForm,
  studyRequestOf,
  withOffers,
  type StudyForm,
} from "../../../../renderer/state/study-form.js";

const MIB = 2 ** 20;
const form = (change: Partial<StudyForm>) => withOffers({ ...INITIAL_STUDY, ...change }, offersOf(4096 * MIB, null));
const ask = (change: Partial<StudyForm>) => studyRequestOf(form(change), "local", "story");

describe("the form of a study", () => {
  it.each(["ablation", "sweep"] as const)("makes a request of a %s that the control side takes", (kind) => {
    const outcome = ask({ kind });
    expect("request" in outcome && requests["studies.start"].safeParse(outcome.request).success).toBe(true);
  });

  it("asks for what was typed", () => {
    expect(ask({ memory: "3000", ladderRounds: "8", threads: " 2 ", enforce: "none" })).toMatchObject({
      request: { kind: "ablation", rounds: 8, run: { memory: 3000 * MIB, threads: 2, enforce: "none", seconds: 30 } },
    });
    const curve = {
      kind: "sweep",
      from: "2000",
      to: "4000",
      steps: "3",
      withLlama: false,
      withLlmflash: true,
    } as const;
    expect(ask(curve)).toMatchObject({
      request: { rounds: 3, engines: ["phonon", "llmflash"], budgets: { from: 2000 * MIB, to: 4000 * MIB, steps: 3 } },
    });
  });

  it("offers budgets for a model, within what the target has", () => {
    expect(offersOf(4096 * MIB, null)).toEqual({ memory: "2240", from: "1216", to: "4288" });
    const little = offersOf(13 * MIB, null);
    expect(Number(little.to)).toBeGreaterThan(Number(little.from));
    expect(Number(offersOf(4096 * MIB, 2048 * MIB).to)).toBeLessThanOrEqual(2048);
  });

  it.each<[keyof StudyForm, Partial<StudyForm>]>([
    ["memory", { memory: "8" }],
    ["ladderRounds", { ladderRounds: "0" }],
    ["tokens", { tokens: "many" }],
    ["seconds", { seconds: "" }],
    ["threads", { threads: "-1" }],
    ["prompt", { prompt: "  " }],
    ["from", { kind: "sweep", from: "x" }],
    ["to", { kind: "sweep", from: "4000", to: "4000" }],
    ["steps", { kind: "sweep", steps: "1" }],
    ["curveRounds", { kind: "sweep", curveRounds: "1001" }],
  ])("says what is wrong with %s in %j", (field, change) => {
    expect(ask(change)).toEqual({ problems: { [field]: expect.any(String) as string } });
  });

  it("does not look at the fields of the other kind", () => {
    expect(ask({ steps: "x", from: "x", curveRounds: "x" })).toHaveProperty("request");
    expect(ask({ kind: "sweep", memory: "x", ladderRounds: "x" })).toHaveProperty("request");
  });

  it("is kept over a reload, as far as it can be read", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const typed: StudyForm = { ...INITIAL_STUDY, kind: "sweep", from: "x", withLlmflash: true };
    keepStudyForm(typed, storage);
    expect(restoreStudyForm(storage)).toEqual(typed);
    const from = (json: string) => restoreStudyForm({ getItem: () => json });
    for (const json of ["", "{", "null", "[1]", '{"kind":"x","steps":5,"other":"y","withLlama":"yes"}']) {
      expect(from(json)).toEqual(INITIAL_STUDY);
    }
  });
});
