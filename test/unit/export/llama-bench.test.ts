/** llama-bench's formats, each read back by something that knows nothing of how it was written. */
import { describe, expect, it } from "vitest";
import { entriesOf } from "../../../electron/export/llama-bench.js";
import { llamaBenchMdOf } from "../../../electron/export/llama-bench-md.js";
import { llamaBenchSqlOf } from "../../../electron/export/llama-bench-sql.js";
import { llamaBenchOutput, readRun, type KeptRun, type LlamaBenchEntry } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun } from "../store/make-run.js";
import { exported, HOSTILE } from "./exported.js";
import { rowsOfMarkdown, rowsOfSql } from "./read-back.js";

useTemporaryHome();

const FIELDS =
  "build_commit build_number cpu_info gpu_info backends model_filename model_type model_size model_n_params n_batch n_ubatch n_threads cpu_mask type_k type_v n_gpu_layers n_prompt n_gen n_depth test_time avg_ns stddev_ns avg_ts stddev_ts".split(
    " ",
  );

/** A run in which the user's own llama-bench printed hostile names. */
async function hostileRun(): Promise<KeptRun> {
  const run = (await readRun((await makeRun(eventsOf())).runId))!;
  const names = { model_type: HOSTILE, backends: HOSTILE, build_commit: HOSTILE, model_filename: HOSTILE };
  const llama_bench = entriesOf({ ...run, record: { ...run.record, llama_bench: null } }).map((e) => ({
    ...e,
    ...names,
  }));
  return { ...run, record: { ...run.record, llama_bench } };
}

describe("llama-bench JSON", () => {
  it("holds a prefill and a decode test with llama-bench's fields", async () => {
    const entries = llamaBenchOutput.parse(JSON.parse(await exported("llama-bench-json")));
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      build_commit: "abcdef0",
      build_number: 1234,
      cpu_info: "Test CPU",
      model_filename: "/models/story.gguf",
      model_type: "smallthinker 6.42M F16",
      model_size: 12_928_576,
      model_n_params: 6_423_808,
      n_batch: 64,
      n_threads: 2,
      cpu_mask: "0x3",
      n_prompt: 4,
      n_gen: 0,
      n_depth: 0,
      avg_ns: 10_000_000,
      avg_ts: 400,
      samples_ns: [10_000_000],
      test_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    expect(entries[1]).toMatchObject({ n_prompt: 0, n_gen: 3, n_depth: 4, avg_ns: 12_000_000, avg_ts: 250 });
    expect(Object.keys(entries[0]!).toSorted()).toEqual([...FIELDS, "samples_ns", "samples_ts"].toSorted());
  });

  it("leaves out a test that was not measured, and refuses a run without any", async () => {
    const oneToken = eventsOf({ tokenMs: [] });
    expect(JSON.parse(await exported("llama-bench-json", oneToken))).toHaveLength(1);
    await expect(exported("llama-bench-json", eventsOf().slice(0, 1))).rejects.toMatchObject({
      code: "nothing_to_export",
    });
  });
});

describe("llama-bench JSON lines", () => {
  it("hold the same tests, one a line", async () => {
    const lines = (await exported("llama-bench-jsonl")).split("\n");
    expect(lines.pop()).toBe("");
    const entries = llamaBenchOutput.parse(lines.map((line) => JSON.parse(line) as unknown));
    const array = llamaBenchOutput.parse(JSON.parse(await exported("llama-bench-json")));
    const untimed = (entry: LlamaBenchEntry) => ({ ...entry, test_time: "" });
    expect(entries.map(untimed)).toEqual(array.map(untimed));
  });
});

describe("llama-bench SQL", () => {
  it("makes llama-bench's table with a row per test", async () => {
    const rows = await rowsOfSql(await exported("llama-bench-sql"));
    expect(rows.map((row) => Object.keys(row))).toEqual([FIELDS, FIELDS]);
    expect(rows[0]).toMatchObject({
      build_commit: "abcdef0",
      build_number: 1234,
      model_type: "smallthinker 6.42M F16",
      model_size: 12_928_576,
      n_prompt: 4,
      n_gen: 0,
      avg_ns: 10_000_000,
      avg_ts: 400,
    });
    expect(rows[1]).toMatchObject({ n_prompt: 0, n_gen: 3, n_depth: 4, avg_ts: 250 });
  });

  it("holds hostile names as values", async () => {
    const rows = await rowsOfSql([...llamaBenchSqlOf(await hostileRun())].join(""));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ model_type: HOSTILE.replace("\0", "\u{fffd}"), n_prompt: 4 });
  });
});

describe("llama-bench Markdown", () => {
  it("is llama-bench's table", async () => {
    const text = await exported("llama-bench-md");
    expect(rowsOfMarkdown(text)).toEqual([
      ["model", "size", "params", "backend", "threads", "test", "t/s"],
      [...Array<unknown>(7)].map(() => expect.stringMatching(/^-+:?$/) as unknown),
      ["smallthinker 6.42M F16", "12.33 MiB", "6.42 M", "Phonon CPU", "2", "pp4", "400.00 ± 0.00"],
      ["smallthinker 6.42M F16", "12.33 MiB", "6.42 M", "Phonon CPU", "2", "tg3 @ d4", "250.00 ± 0.00"],
    ]);
    expect(text).toMatch(/\n\nbuild: abcdef0 \(1234\)\n$/);
  });

  it("holds hostile names as text", async () => {
    const text = [...llamaBenchMdOf(await hostileRun())].join("");
    const rows = rowsOfMarkdown(text);
    expect(rows.map((row) => row.length)).toEqual([7, 7, 7, 7]);
    expect(rows[2]![0]).toBe(HOSTILE.replace(/[\0-\x1f]/g, " ").trim());
    expect(text).not.toMatch(/<img|(?<!\\)`|(?<!\\)\[x/);
  });
});
