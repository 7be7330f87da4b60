import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { argumentsOf, parseLlamaBench, runLlamaBench } from "../../../electron/runs/llama-bench.js";
import { parseRunRequest } from "../../../electron/runs/parse.js";
import { entriesOf } from "../../../electron/export/llama-bench.js";
import { readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { makeProgram, say } from "../scripts.js";
import { FakeWorld } from "./fake-world.js";
import { listedRuns } from "../store/make-run.js";

const home = useTemporaryHome();

const entry = (n_prompt: number, n_gen: number, avg_ts: number) => ({
  build_commit: "abcdef0",
  build_number: 1234,
  cpu_info: "Test CPU",
  gpu_info: "",
  backends: "CPU",
  model_filename: "story.gguf",
  model_type: "smallthinker ?B F16",
  model_size: 12_820_480,
  model_n_params: 6_423_808,
  n_batch: 2048,
  n_ubatch: 512,
  n_threads: 2,
  n_prompt,
  n_gen,
  test_time: "2026-11-20T09:00:00Z",
  avg_ns: 1e9,
  stddev_ns: 1e6,
  avg_ts,
  stddev_ts: 0.5,
  samples_ns: [1e9],
  samples_ts: [avg_ts],
  devices: "auto", // of another version
});
const output = JSON.stringify([entry(64, 0, 500), entry(0, 32, 250)]);
const bench = (program: string, hooks = {}) =>
  runLlamaBench({ promptRandom: 64, tokens: 32, threads: 2 }, program, hooks, new FakeWorld());

describe("the user's own llama-bench", () => {
  it("is asked for the same work, and its JSON is kept as a run", async () => {
    const program = await makeProgram(home(), "bench", `echo warming up >&2\n${say(output)}`);
    const summary = await bench(program);
    expect(summary).toMatchObject({
      engine: "llama-bench",
      engine_build: "abcdef0 (1234)",
      status: "done",
      prompt_tokens: 64,
      output_tokens: 32,
      prefill_tps: 500,
      decode_tps: 250,
      threads: 2,
    });
    const run = (await readRun(summary.run_id))!;
    expect(run.record.agent).toMatchObject({ file: program });
    expect(entriesOf(run)).toEqual(JSON.parse(output));
    expect((await listedRuns())[0]).toMatchObject({ engine: "llama-bench", status: "done", decodeTps: 250 });
  });

  it("gets its options by their own names", () => {
    const config = parseRunRequest({ promptRandom: 64, tokens: 32, threads: 2, engine: "llama.cpp" });
    const words = argumentsOf({ config, modelPath: "/m.gguf" }, 3).join(" ");
    expect(words).toBe("-m /m.gguf -p 64 -n 32 -r 3 -t 2 -o json");
  });

  it.each([
    ["fails", "echo error: unknown model >&2; exit 3", "exit status 3): error: unknown model"],
    ["prints no JSON", say("| model | size |"), "did not print JSON"],
    ["prints other JSON", say("[{}]"), "not llama-bench's: 0.build_commit"],
    ["prints nothing", "", "did not print JSON"],
    ["prints without end", "exec yes", "more than 4 MiB"],
    ["dies", "kill -SEGV $$", "SIGSEGV"],
  ])("that %s leaves a failed run that says so", async (_, source, message) => {
    const summary = await bench(await makeProgram(home(), "bench", source));
    expect(summary).toMatchObject({ status: "failed", reason: "llama_bench" });
    expect(summary.message).toContain(message);
  });

  it("is ended when the run is cancelled", async () => {
    const program = await makeProgram(home(), "bench", "exec sleep 60");
    const summary = await bench(program, { signal: AbortSignal.timeout(300) });
    expect(summary.status).toBe("cancelled");
  });

  it("must be a program, and runs on this computer only", async () => {
    await expect(bench(join(home(), "none"))).rejects.toMatchObject({ code: "file_missing" });
    const text = join(home(), "text");
    await writeFile(text, "no program");
    await chmod(text, 0o600);
    await expect(bench(text)).rejects.toMatchObject({ code: "file_missing" });
    const unmapped = runLlamaBench({ mmap: false }, text, {}, new FakeWorld());
    await expect(unmapped).rejects.toThrow("differ by version");
    const away = runLlamaBench({ target: "adb:X", promptRandom: 1 }, text, {}, new FakeWorld());
    await expect(away).rejects.toMatchObject({ code: "bad_request" });
  });

  it("may leave fields out only where that means something", () => {
    const without = JSON.stringify([{ ...entry(1, 0, 1), samples_ns: undefined, samples_ts: undefined }]);
    expect(parseLlamaBench(without, "x")).toHaveLength(1);
    expect(() => parseLlamaBench("[]", "x")).toThrow();
  });
});
