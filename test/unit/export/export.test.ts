import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentEvent } from "../../../electron/agent/messages.js";
import { exportRun, type ExportFormat } from "../../../electron/export/index.js";
import { llamaBenchOutput, readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { deviceFacts, eventsOf, loadReport } from "../runs/events.js";
import { Bundle } from "../../../electron/store/bundle.js";
import { newRun } from "../store/make-run.js";

const home = useTemporaryHome();

async function exported(format: ExportFormat, events = eventsOf()): Promise<string> {
  const bundle = await Bundle.create(newRun);
  await bundle.note({ device: deviceFacts, load: loadReport });
  for (const event of events) await bundle.append(event);
  await bundle.finish();
  const file = join(home(), "out");
  await exportRun((await readRun(bundle.runId))!, format, file);
  return readFile(file, "utf8");
}

/** RFC 4180, as a reader of its own. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i]!;
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === "," || c === "\n")) {
      rows.at(-1)!.push(cell);
      cell = "";
      if (c === "\n") rows.push([]);
    } else cell += c;
  }
  rows.pop();
  return rows;
}

describe("JSONL", () => {
  it("holds the record and every event, one a line", async () => {
    const [record, ...events] = (await exported("jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(record).toMatchObject({ type: "run", version: 1, engine: "phonon", config: newRun.config });
    expect(events.map((event) => agentEvent.parse(event))).toEqual(eventsOf());
  });
});

describe("CSV", () => {
  it("holds a row per token, whatever its text", async () => {
    const texts = ['"quoted"', "a,b", "line\nend", "🦊", "=1+1"];
    const events = eventsOf({ tokenMs: [2, 4, 6, 8] }).map((event) =>
      event.kind === "token" ? { ...event, text: texts[event.index]! } : event,
    );
    const [head, ...rows] = parseCsv(await exported("csv", events));
    expect(head).toEqual([
      "run_id",
      "index",
      "id",
      "text",
      "t_ms",
      "ms",
      "attention_ms",
      "ffn_ms",
      "sampling_ms",
      "other_ms",
      "active_neurons",
    ]);
    expect(rows.map((row) => row[3])).toEqual(texts);
    expect(rows.map((row) => Number(row[5]))).toEqual([1, 2, 4, 6, 8]);
    expect(rows[0]!.slice(6)).toEqual(["0.5", "1", "0.25", "0.25", "30"]);
  });
});

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
    });
    expect(entries[1]).toMatchObject({ n_prompt: 0, n_gen: 3, n_depth: 4, avg_ns: 12_000_000, avg_ts: 250 });
    const fields =
      "build_commit build_number cpu_info gpu_info backends model_filename model_type model_size model_n_params n_batch n_ubatch n_threads cpu_mask type_k type_v n_gpu_layers n_prompt n_gen n_depth test_time avg_ns stddev_ns avg_ts stddev_ts samples_ns samples_ts";
    expect(Object.keys(entries[0]!).toSorted()).toEqual(fields.split(" ").toSorted());
  });

  it("leaves out a test that was not measured, and refuses a run without any", async () => {
    const oneToken = eventsOf({ tokenMs: [] });
    expect(JSON.parse(await exported("llama-bench-json", oneToken))).toHaveLength(1);
    await expect(exported("llama-bench-json", eventsOf().slice(0, 1))).rejects.toMatchObject({
      code: "nothing_to_export",
    });
  });
});

describe("an export", () => {
  it("replaces no file unless it is told to, and leaves nothing half-done", async () => {
    const { runId } = await (async () => {
      const bundle = await Bundle.create(newRun);
      for (const event of eventsOf()) await bundle.append(event);
      await bundle.finish();
      return bundle;
    })();
    const run = (await readRun(runId))!;
    const file = join(home(), "precious");
    await writeFile(file, "precious");
    await expect(exportRun(run, "csv", file)).rejects.toMatchObject({ code: "file_exists" });
    expect(await readFile(file, "utf8")).toBe("precious");
    await exportRun(run, "csv", file, { force: true });
    expect(await readFile(file, "utf8")).toContain("run_id");
    const torn = { ...run, events: () => failing() };
    await expect(exportRun(torn, "jsonl", join(home(), "torn"))).rejects.toThrow("read error");
    expect((await readdir(home())).toSorted()).toEqual(["precious", "runs"]);
  });
});

async function* failing(): AsyncGenerator<never> {
  yield* [];
  throw new Error("read error");
}
