import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportStudy, studyCsvOf } from "../../../electron/export/index.js";
import { figuresOf } from "../../../electron/runs/study.js";
import {
  deleteStudy,
  findStudy,
  keepStudy,
  listStudies,
  readStudy,
  type Ablation,
  type Sweep,
} from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { streamedSummary } from "../store/make-run.js";

const home = useTemporaryHome();
const head = {
  version: 1,
  ...{ started_at: "2026-11-20T09:15:00.000Z", target: "local", model: "/m.gguf", model_name: "m" },
  ...{ rounds: 1, tokens: 4, seconds: 30, prompt_tokens: 4, warnings: [] },
} as const;

async function studies(): Promise<{ ablation: Ablation; sweep: Sweep }> {
  const figures = figuresOf({ name: "+cache", engine: "phonon", summaries: [await streamedSummary()], failure: null });
  const failure = { code: "out_of_memory", message: 'it said "no", twice' };
  const none = figuresOf({ name: "llama.cpp", engine: "llama.cpp", summaries: [], failure });
  const step = {
    over: "+bundle",
    ratio: 1.5,
    ci95: [1.2, 1.8],
    verdict: "faster",
  } satisfies Ablation["rungs"][0]["step"];
  return {
    ablation: {
      ...{ ...head, id: "ablation-1", kind: "ablation", memory_bytes: 64 },
      rungs: [
        { ...none, off: null, beside: false, step: null },
        { ...figures, off: ["pipeline", "cache"], beside: false, step },
      ],
    },
    sweep: { ...head, id: "sweep-2", kind: "sweep", points: [{ ...figures, memory_bytes: 128 }] },
  };
}

/** Rows by column; no field here holds a comma or a quote. */
function parsed(csv: string): Record<string, string>[] {
  const [names = "", ...rows] = csv.trimEnd().split("\n");
  return rows.map((row) => Object.fromEntries(names.split(",").map((name, i) => [name, row.split(",")[i] ?? ""])));
}

describe("a study as CSV", () => {
  it("has a row per rung, empty where nothing was measured", async () => {
    const [llama, cache] = parsed(studyCsvOf((await studies()).ablation));
    expect(llama).toMatchObject({ name: "llama.cpp", decode_tps: "", misses: "", failure: "out_of_memory" });
    expect(cache).toMatchObject({
      ...{ study_id: "ablation-1", off: "pipeline cache", memory_bytes: "64", rounds: "1", output_tokens: "4" },
      ...{ decode_tps: "250", decode_ms_p99: "4", misses: "30", reads: "30", read_bytes: "122880" },
      ...{ cache_neurons: "1000", step_ratio: "1.5", failure: "" },
    });
    expect(Number(cache!["hit_rate"])).toBeCloseTo(320 / 350, 9);
  });

  it("has a row per point of a curve, in a file that is whole or not there", async () => {
    const { sweep } = await studies();
    const file = join(home(), "curve.csv");
    await exportStudy(sweep, file);
    expect(parsed(await readFile(file, "utf8"))).toMatchObject([{ memory_bytes: "128", engine: "phonon" }]);
    await expect(exportStudy(sweep, file)).rejects.toMatchObject({ code: "file_exists" });
  });
});

describe("studies on disk", () => {
  it("are found by the beginning of their names, or as the newest of a kind", async () => {
    const { ablation, sweep } = await studies();
    const later = { ...sweep, id: "sweep-3", started_at: "2026-11-21T09:15:00.000Z" };
    const older = { ...sweep, started_at: "2026-11-19T09:15:00.000Z" };
    for (const study of [ablation, later, older]) await keepStudy(study);
    expect(await findStudy("sweep-2")).toEqual(older);
    expect((await findStudy("sweep")).id).toBe("sweep-3");
    await expect(findStudy("sweep-")).rejects.toMatchObject({ code: "ambiguous_study" });
    await expect(findStudy("sweep-9")).rejects.toMatchObject({ code: "no_such_study" });
    expect((await listStudies()).map(({ id }) => id)).toEqual(["sweep-3", "ablation-1", "sweep-2"]);
  });

  it("are listed with the reason where they cannot be read, and deleted", async () => {
    const { ablation, sweep } = await studies();
    for (const study of [ablation, sweep]) await keepStudy(study);
    const folder = join(home(), "studies");
    await writeFile(join(folder, "sweep-4.json"), '{"kind":"sweep"'); // half-written
    await writeFile(join(folder, "sweep-5.json"), JSON.stringify({ ...sweep, version: 99 }));
    await writeFile(join(folder, "sweep-6.json"), JSON.stringify(sweep)); // another one's
    await writeFile(join(folder, "sweep-UP CASE.json"), "{}"); // nobody's
    const listed = await listStudies();
    expect(listed.map(({ id, study }) => [id, study === null])).toEqual([
      ...[
        ["ablation-1", false],
        ["sweep-2", false],
      ],
      ...[
        ["sweep-4", true],
        ["sweep-5", true],
        ["sweep-6", true],
      ],
    ]);
    expect(listed[2]).toMatchObject({ problem: expect.stringContaining("sweep-4.json") as string });
    await expect(readStudy("sweep-5")).rejects.toMatchObject({ code: "study_damaged" });
    await expect(readStudy("sweep-9")).rejects.toMatchObject({ code: "no_such_study" });
    for (const id of ["sweep-2", "sweep-4", "sweep-9"]) await deleteStudy(id);
    expect((await listStudies()).map(({ id }) => id)).toEqual(["ablation-1", "sweep-5", "sweep-6"]);
    await expect(readStudy("../runs/x")).rejects.toMatchObject({ code: "bad_request" });
    await expect(deleteStudy("sweep-/../../x")).rejects.toThrow("not a study's name");
  });
});
