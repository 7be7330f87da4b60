import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../../electron/cli/program.js";
import { EXPORT_FORMATS } from "../../../electron/export/index.js";
import { Terminal } from "../../../electron/cli/terminal.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun } from "../store/make-run.js";

const home = useTemporaryHome();
let stderr = ""; // commander writes here itself
beforeEach(() => {
  stderr = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => vi.restoreAllMocks());

async function phonon(...args: string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let failure = "";
  const status = await runProgram(args, {
    terminal: new Terminal({ out, err }),
    signal: new AbortController().signal,
    setFailed: (message) => (failure = message),
  });
  const text = (stream: PassThrough) => ((stream.read() as Buffer | null) ?? "").toString();
  return { status, out: text(out), err: stderr + text(err), failure };
}

const json = ({ out }: { out: string }) => JSON.parse(out) as Record<string, unknown>;

describe("bad usage ends with status 2 and says what is wrong", () => {
  it.each([
    [["dance"], "unknown command 'dance'"],
    [["run", "--dance"], "unknown option '--dance'"],
    [["run", "--tokens", "0"], "whole number, from 1 to"],
    [["run", "--tokens", "1e3"], "whole number"],
    [["run", "--threads", "many"], "whole number"],
    [["run", "--temperature", "hot"], "number from 0"],
    [["run", "--cores", "3-1"], "must list cores"],
    [["run", "--cores", "1,1"], "names a core twice"],
    [["run", "--cores", "0,1", "--threads", "3"], "cores: must name one core per thread"],
    [["run", "--engine", "gpt"], "must be one of phonon, llama.cpp"],
    [["run", "--target", "usb"], "target:"],
    [["run", "--prompt", "a", "--prompt-tokens", "3"], "only one of"],
    [["run", "--prompt-file", "/nonexistent"], "--prompt-file: /nonexistent"],
    [["run", "--no-mmap"], "mmap: is not an option of engine phonon"],
    [["run", "--engine", "llama.cpp", "--isa", "avx2"], "kernels: is not an option"],
    [["run", "--repetitions", "3"], "goes with --llama-bench"],
    [["run", "--llama-bench", "x", "--greedy"], "takes no greedy"],
    [["run", "--memory", "0"], "size of at least 16M"],
    [["run", "--memory", "3000"], "size of at least 16M"],
    [["run", "--memory", "-2G"], "size of at least 16M"],
    [["run", "--memory", "lots"], "size of at least 16M"],
    [["run", "--memory", "2GB"], "size of at least 16M"],
    [["compare", "--memory", "1M"], "size of at least 16M"],
    [["run", "--enforce", "gently"], "must be one of auto, cgroup, balloon, none, measure"],
    [["run", "--enforce", "cgroup"], "enforce: needs a memory budget"],
    [["run", "--llama-bench", "x", "--memory", "1G"], "takes no memory"],
    [["run", "--off", "gpu"], "must be one of bundle, cache, pipeline, predictor"],
    [["run", "--off", "cache,npu"], "not available yet"],
    [["run", "--off", ""], "must be one of bundle, cache"],
    [["run", "--no-packed", "--off", "cache,bundle"], "off: is an option of packs"],
    [["run", "--engine", "llama.cpp", "--packed"], "packed: is not an option of engine llama.cpp"],
    [["run", "--eviction", "fifo"], "must be one of lru, heat, window"],
    [["run", "--cache-neurons", "0"], "whole number, from 1 to"],
    [["run", "--patience", "0"], "number from 0.1 to 3600"],
    [["run", "--io-core", "fast"], "whole number, from 0 to 1023"],
    [["run", "--io-core", "1024"], "whole number, from 0 to 1023"],
    [["run", "--engine", "llama.cpp", "--io-core", "2"], "ioCore: is not an option of engine llama.cpp"],
    [["run", "--no-packed", "--io-core", "any"], "ioCore: is an option of packs"],
    [["run", "--llama-bench", "x", "--packed"], "takes no packed"],
    [["run", "--accelerator", "auto"], "--accelerator is not available yet"],
    [["run", "--best-of", "4"], "--best-of is not available yet"],
    [["run", "--kernels", "lut"], "--kernels is not available yet"],
    [["pack"], "missing required argument"],
    [["pack", "story", "--energy", "99.5"], "number from 0.5 to 1"],
    [["pack", "story", "--activation", "gelu"], "must be one of silu, relu"],
    [["plan"], "missing required argument"],
    [["plan", "story", "--memory", "3000"], "size of at least 16M"],
    [["plan", "story", "--prompt", "0"], "whole number, from 1 to"],
    [["plan", "story", "--eviction", "fifo"], "must be one of lru, heat"],
    [["probe", "--flash-file", "1M"], "size of at least 64M"],
    [["probe", "--flash-file", "1 GB"], "size of at least 64M"],
    [["probe", "--flash-seconds", "0"], "number from 0.1 to 600"],
    [["compare", "--engines", "phonon"], "at least two engines"],
    [["compare", "--engines", "phonon,phonon"], "at least two engines"],
    [["compare", "--rounds", "0"], "whole number"],
    [["ablate"], "required option '--memory"],
    [["ablate", "--memory", "64M", "--rounds", "0"], "whole number"],
    [["ablate", "--memory", "64M", "--seconds", "0"], "number from 0.1"],
    [["ablate", "--memory", "64M", "--off", "cache"], "the ladder itself says"],
    [["ablate", "--memory", "64M..128M"], "size of at least 16M"],
    [["sweep", "--memory", "64M..lots"], "size of at least 16M"],
    [["sweep", "--memory", "64M..128M..256M"], "must be a range"],
    [["sweep", "--memory", "64M,128M,64M"], "names a size twice"],
    [["sweep", "--memory", "64M,128M", "--steps", "3"], "--steps goes with a range"],
    [["sweep", "--memory", "64M..128M", "--steps", "1"], "whole number, from 2 to 100"],
    [["sweep", "--memory", "64M,128M", "--with", "phonon"], "beside phonon"],
    [["sweep", "--memory", "64M,128M", "--no-packed"], "needs a pack"],
    [["synth", "--quant", "Q4_0"], "required option '--out"],
    [["synth", "--quant", "Q4_0", "--out", "x", "--skew", "zipf"], "Allowed choices are none, bamboo, independent"],
    [["export", "latest"], "required option '--format"],
    [["export", "latest", "--format", "xml", "--out", "x"], "must be one of jsonl, csv"],
    [["export", "latest", "--format", "perfetto", "--out", "x"], "not available yet"],
    [["runs", "latest", "--delete", "latest"], "--delete takes"],
    [["runs", "--status", "odd"], "must be one of running, done"],
    [["runs", "--sort", "colour"], "must be one of started, engine"],
    [["export", "latest", "--format", "csv", "--out", "-", "--json"], "standard output"],
    [["perplexity"], "required option '--text"],
    [["inspect"], "missing required argument"],
    [["serve", "--port", "0"], "whole number"],
  ])("%j", async (args, message) => {
    const { status, out, err } = await phonon(...args);
    expect(err).toContain(message);
    expect(err).toMatch(/phonon: /);
    expect(status).toBe(2);
    expect(out).toBe("");
  });

  it("also for a prompt that is no text", async () => {
    const file = join(home(), "prompt");
    await writeFile(file, Buffer.from([0xff, 0xfe]));
    expect(await phonon("run", "--prompt-file", file)).toMatchObject({ status: 2 });
  });
});

describe("what fails in the field ends with status 1 and the reason", () => {
  it.each([
    [["inspect", "/nonexistent.gguf"], "/nonexistent.gguf: there is no such file"],
    [["run", "--model", "/nonexistent.gguf"], "/nonexistent.gguf: there is no such file"],
    [["runs", "2026"], 'no run "2026'],
    [["export", "latest", "--format", "csv", "--out", "x"], "no run"],
    [["export", "../../etc", "--format", "csv", "--out", "x"], "no run"],
    [["perplexity", "--text", "/nonexistent.txt"], "/nonexistent.txt cannot be read"],
  ])("%j", async (args, message) => {
    const { status, out, err } = await phonon(...args, ...(args[0] === "export" ? [] : ["--json"]));
    expect(err).toContain(message);
    expect({ status, out }).toEqual({ status: 1, out: "" });
  });
});

describe("help and version", () => {
  it("are no errors", async () => {
    const written = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    expect((await phonon("--help")).status).toBe(0);
    expect((await phonon("run", "--help")).status).toBe(0);
    expect((await phonon("--version")).status).toBe(0);
    const text = written.mock.calls.join("");
    for (const word of ["devices", "inspect", "synth", "run", "compare", "runs", "export", "perplexity", "serve"]) {
      expect(text).toContain(word);
    }
    expect(text).not.toContain("--best-of");
    expect(text).toMatch(/^0\.1\.0$/m);
  });
});

describe("runs", () => {
  it("lists the newest first, as JSON and for people", async () => {
    expect(json(await phonon("runs", "--json"))).toEqual({ runs: [] });
    expect((await phonon("runs")).out).toContain("no runs;");
    const { runId, dir } = await makeRun(eventsOf());
    await mkdir(join(home(), "runs", "20200101-000000-000000"));
    const { runs } = json(await phonon("runs", "--json")) as { runs: object[] };
    expect(runs).toMatchObject([
      {
        run_id: runId,
        run_dir: dir,
        engine: "phonon",
        status: "done",
        decode_tps: 250,
        prefill_tps: 400,
        problem: null,
      },
      { run_id: "20200101-000000-000000", status: "damaged", decode_tps: null },
    ]);
    expect((json(await phonon("runs", "--json", "--limit", "1")) as { runs: object[] }).runs).toHaveLength(1);
    expect((await phonon("runs")).out).toMatch(new RegExp(`${runId}.*phonon.*done.*250 tok/s`));
  });

  it("filters, searches and sorts", async () => {
    const fast = await makeRun(eventsOf({ tokenMs: [1, 1, 1] }), { engine: "llama.cpp" });
    const slow = await makeRun(eventsOf({ tokenMs: [8, 8, 8] }), { target: "adb:R58" });
    const ids = async (...options: string[]) =>
      (json(await phonon("runs", "--json", ...options)) as { runs: { run_id: string }[] }).runs.map((r) => r.run_id);
    expect(await ids()).toEqual([slow.runId, fast.runId]);
    expect(await ids("--sort", "decode")).toEqual([fast.runId, slow.runId]);
    expect(await ids("--sort", "decode", "--reverse")).toEqual([slow.runId, fast.runId]);
    expect(await ids("--engine", "llama.cpp")).toEqual([fast.runId]);
    expect(await ids("--target", "adb:R58")).toEqual([slow.runId]);
    expect(await ids("--text", "STORY r58")).toEqual([slow.runId]);
    expect(await ids("--status", "damaged")).toEqual([]);
  });

  it("deletes those that are named", async () => {
    const [one, two, three] = [await makeRun(eventsOf()), await makeRun(eventsOf()), await makeRun(eventsOf())];
    await writeFile(join(one.dir, "run.json"), "{");
    expect(json(await phonon("runs", "--delete", one.runId, "latest", "--json"))).toEqual({
      deleted: [one.runId, three.runId],
    });
    expect((json(await phonon("runs", "--json")) as { runs: object[] }).runs).toMatchObject([{ run_id: two.runId }]);
    expect(await phonon("runs", "--delete", one.runId)).toMatchObject({ status: 1 });
  });

  it("does nothing to a terminal with a name from outside", async () => {
    await makeRun(eventsOf(), { target: "adb:\x1b[2J\r\n\u202e<b>" });
    const { out } = await phonon("runs");
    expect(out.split("\n")).toHaveLength(3);
    expect(out.replaceAll("\n", "")).not.toMatch(/[\x00-\x1f\u202e]/);
  });

  it("shows one", async () => {
    const { runId } = await makeRun(eventsOf());
    expect(json(await phonon("runs", "latest", "--json"))).toMatchObject({ run_id: runId, text: " w0 w1 w2 w3!" });
    expect((await phonon("runs", runId)).out).toContain("P99");
  });
});

describe("export", () => {
  it.each(EXPORT_FORMATS)("writes %s", async (format) => {
    await makeRun(eventsOf());
    const file = join(home(), "out");
    expect(await phonon("export", "latest", "--format", format, "--out", file)).toMatchObject({ status: 0, out: "" });
    expect((await readFile(file)).length).toBeGreaterThan(100);
  });

  it.each(EXPORT_FORMATS)("says why %s cannot be written", async (format) => {
    await makeRun(eventsOf());
    const result = await phonon("export", "latest", "--format", format, "--out", join(home(), "nowhere", "out"));
    expect(result).toMatchObject({ status: 1, out: "" });
    expect(result.err).toMatch(/no such file.*nowhere|nowhere.*no such file/i);
    expect(result.err).not.toContain("bug");
  });

  it("writes Parquet to a file only", async () => {
    await makeRun(eventsOf());
    const result = await phonon("export", "latest", "--format", "parquet", "--out", "-");
    expect(result).toMatchObject({ status: 2, out: "" });
  });

  it("writes a file, or to standard output", async () => {
    const { runId } = await makeRun(eventsOf());
    const file = join(home(), "run.csv");
    const result = await phonon("export", runId, "--format", "csv", "--out", file, "--json");
    expect(json(result)).toEqual({ run_id: runId, format: "csv", file });
    const written = await readFile(file, "utf8");
    expect((await phonon("export", "latest", "--format", "csv", "--out", "-")).out).toBe(written);
    expect(await phonon("export", runId, "--format", "csv", "--out", file)).toMatchObject({ status: 1 });
    expect(await phonon("export", runId, "--format", "csv", "--out", file, "--force")).toMatchObject({ status: 0 });
  });
});
