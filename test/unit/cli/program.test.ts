import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../../electron/cli/program.js";
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
    [["run", "--engine", "llmflash"], "not available yet"],
    [["run", "--target", "usb"], "target:"],
    [["run", "--prompt", "a", "--prompt-tokens", "3"], "only one of"],
    [["run", "--prompt-file", "/nonexistent"], "--prompt-file: /nonexistent"],
    [["run", "--no-mmap"], "mmap: is not an option of engine phonon"],
    [["run", "--engine", "llama.cpp", "--isa", "avx2"], "kernels: is not an option"],
    [["run", "--repetitions", "3"], "goes with --llama-bench"],
    [["run", "--llama-bench", "x", "--greedy"], "takes no greedy"],
    [["run", "--memory", "2G"], "--memory is not available yet"],
    [["run", "--off", "cache"], "--off is not available yet"],
    [["run", "--accelerator", "auto"], "--accelerator is not available yet"],
    [["run", "--best-of", "4"], "--best-of is not available yet"],
    [["run", "--kernels", "lut"], "--kernels is not available yet"],
    [["probe", "--target", "local"], "probe is not available yet"],
    [["compare", "--engines", "phonon"], "at least two engines"],
    [["compare", "--engines", "phonon,phonon"], "at least two engines"],
    [["compare", "--rounds", "0"], "whole number"],
    [["synth", "--quant", "Q4_0"], "required option '--out"],
    [["synth", "--quant", "Q4_0", "--out", "x", "--skew", "zipf"], "--skew is not available yet"],
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

  it("shows one", async () => {
    const { runId } = await makeRun(eventsOf());
    expect(json(await phonon("runs", "latest", "--json"))).toMatchObject({ run_id: runId, text: " w0 w1 w2 w3!" });
    expect((await phonon("runs", runId)).out).toContain("P99");
  });
});

describe("export", () => {
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
