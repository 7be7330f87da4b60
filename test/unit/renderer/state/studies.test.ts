import { describe, expect, it } from "vitest";
import type { StudyState } from "../../../../electron/ipc/contract.js";
import { decodeInWords, headlineOf, stepInFew, workInWords } from "../../../../renderer/state/study-figures.js";
import { reduceStudy, studySlots, studyStep } from "../../../../renderer/state/studies.js";
import { ablationOf, figures, sweepOf } from "../../studies.js";

const study = (change: Partial<StudyState> = {}): StudyState => ({
  ...{ id: "sweep-1", kind: "sweep", rounds: 2, target: "local", model: "story", tokens: 32, seconds: 30 },
  contenders: ["phonon, 32 MiB", "llama.cpp, 32 MiB"].map((name) => ({ name, engine: name.split(",")[0]! })),
  ...{ startedAt: "2026-11-20T12:00:00Z", status: "running", step: null, progress: null, etaSeconds: null },
  ...{ study: null, failure: null, ...change },
});
const step = { what: "measuring", name: "phonon, 32 MiB", engine: "phonon", round: 0 } as const;
const points = (phonon: number, llama: number) => [
  { ...figures("phonon, 32 MiB", 5, { run_ids: Array(phonon).fill("R") as string[] }), memory_bytes: 1 },
  { ...figures("llama.cpp, 32 MiB", 1, { run_ids: Array(llama).fill("R") as string[] }), memory_bytes: 1 },
];

describe("a study that is shown", () => {
  it("follows what is told of it, and of no other one", () => {
    let shown: StudyState | null = study();
    const progress = { id: "sweep-1", step, progress: null, etaSeconds: 4 };
    shown = reduceStudy(shown, { type: "progress", progress });
    expect(shown).toMatchObject({ step, etaSeconds: 4 });
    expect(reduceStudy(shown, { type: "progress", progress: { ...progress, id: "sweep-2" } })).toBe(shown);
    shown = reduceStudy(shown, { type: "figures", figures: { id: "sweep-1", study: sweepOf() } });
    expect(shown!.study).toEqual(sweepOf());
    const end = { status: "cancelled", study: sweepOf(), failure: null } as const;
    expect(reduceStudy(shown, { type: "finished", finished: { id: "sweep-2", end } })).toBe(shown);
    shown = reduceStudy(shown, { type: "finished", finished: { id: "sweep-1", end } });
    expect(shown).toMatchObject({ status: "cancelled", step: null, etaSeconds: null });
    expect(reduceStudy(shown, { type: "progress", progress })).toBe(shown); // too late
    expect(reduceStudy(null, { type: "progress", progress })).toBeNull();
  });

  it("has a place for every run, in turning order; one that was left out takes no more", () => {
    const at = (change: Partial<StudyState>) =>
      studySlots(study(change)).map(({ name, round, state }) => `${name.split(",")[0]} ${round} ${state}`);
    expect(at({ step })).toEqual(["phonon 0 now", "llama.cpp 0 to come", "llama.cpp 1 to come", "phonon 1 to come"]);
    expect(
      at({ study: sweepOf({ points: points(1, 1) }), step: { ...step, name: "llama.cpp, 32 MiB", round: 1 } }),
    ).toEqual(["phonon 0 done", "llama.cpp 0 done", "llama.cpp 1 now", "phonon 1 to come"]);
    const [phonon, llama] = points(1, 2);
    const failure = { code: "io_error", message: "no" };
    expect(at({ study: sweepOf({ points: [{ ...phonon!, failure }, llama!] }) })).toEqual([
      ...["phonon 0 done", "llama.cpp 0 done", "llama.cpp 1 done", "phonon 1 left out"],
    ]);
  });

  it("says what goes on", () => {
    expect(studyStep(study())).toBe("Checking the target and the model …");
    expect(studyStep(study({ step: { ...step, what: "loading", round: null } }))).toBe(
      "Before the first round: phonon, 32 MiB, loading",
    );
    expect(studyStep(study({ step }))).toBe("Round 1 of 2: phonon, 32 MiB, measuring");
    expect(studyStep(study({ status: "failed" }))).toBe("Failed");
  });
});

describe("a study in words", () => {
  it("has a headline: the whole climb of a ladder, the fastest point of a curve", () => {
    expect(headlineOf(ablationOf(), "ablation")).toEqual({
      figure: { figure: "12.5×", unit: "" },
      label: "Every stage over llama.cpp",
      detail: "4.00 tok/s to 50.0 tok/s, medians",
    });
    expect(headlineOf(sweepOf(), "sweep")).toEqual({
      figure: { figure: "96.0", unit: "tok/s" },
      label: "Fastest decode",
      detail: "Phonon in 96.0 MiB",
    });
    for (const kind of ["ablation", "sweep"] as const) expect(headlineOf(null, kind).figure.figure).toBe("–");
    const without = ablationOf({ rungs: ablationOf().rungs.map((rung) => ({ ...rung, decode_tps: null })) });
    expect(headlineOf(without, "ablation").figure.figure).toBe("–");
  });

  it("says what each run did, and how sure a step is", () => {
    expect(workInWords({ tokens: 128, seconds: 30, rounds: 6, study: ablationOf() })).toBe(
      "6 rounds of 4 prompt tokens, 128 tokens or 30.0 s, cold, in 100 MiB",
    );
    expect(workInWords({ tokens: 8, seconds: null, rounds: 1, study: null })).toBe("1 round of 8 tokens, cold");
    expect(decodeInWords({ median: 4.18, min: 4, max: 4.5, mad: 0 })).toBe("4.18 tok/s [4.00 – 4.50]");
    expect(stepInFew(null)).toBe("–");
    expect(stepInFew(ablationOf().rungs[1]!.step)).toBe("2.50× [2.25× – 2.75×]");
  });
});
