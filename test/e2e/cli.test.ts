/** What a user does at the command line, on this computer, with the built agents and the story model. */
import { copyFile, mkdir, readFile, readdir, truncate, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentEvent, type HardwareProfile } from "../../electron/agent/messages.js";
import { runSummarySchema, type RunSummary } from "../../electron/runs/config.js";
import type { Comparison } from "../../electron/runs/compare.js";
import { useCli } from "./cli.js";

const root = join(import.meta.dirname, "../..");
const cli = useCli();

const run = async (...args: string[]): Promise<RunSummary> =>
  runSummarySchema.parse(await cli().json("run", "--model", "story", ...args));

describe("phonon run", () => {
  it("streams its text and keeps the run", async () => {
    const prompt = "Once upon a time";
    const { status, out, err } = await cli().run(
      "run",
      "--model",
      "story",
      "--prompt",
      prompt,
      "--tokens",
      "32",
      "--greedy",
    );
    expect({ status, err }).toMatchObject({ status: 0 });
    expect(out.length).toBeGreaterThan(40);
    expect(err).toMatch(/decode\s+32 tokens, [\d.]+ tok\/s/);
    const { runs } = await cli().json<{ runs: { run_id: string; status: string; run_dir: string }[] }>("runs");
    expect(runs).toMatchObject([{ status: "done" }]);
    const kept = await cli().json<RunSummary>("runs", "latest");
    expect(`${kept.text}\n`).toBe(out);
    expect((await readdir(runs[0]!.run_dir)).toSorted()).toEqual(["events.jsonl", "run.json", "summary.json"]);
  });

  it("gives the same greedy tokens with both engines", async () => {
    const work = ["--prompt", "The little fox said", "--tokens", "48", "--greedy", "--threads", "2"];
    const phonon = await run("--engine", "phonon", ...work);
    const llama = await run("--engine", "llama.cpp", ...work);
    expect(phonon.tokens).toEqual(llama.tokens);
    expect(phonon.text).toBe(llama.text);
    for (const summary of [phonon, llama]) {
      expect(summary).toMatchObject({ status: "done", output_tokens: 48, threads: 2, target: "local" });
      for (const speed of [summary.ttft_ms, summary.prefill_tps, summary.decode_tps, summary.decode_ms.p99]) {
        expect(speed).toBeGreaterThan(0);
      }
      expect(summary.memory.peak_bytes).toBeGreaterThan(10_000_000);
    }
    expect(phonon.ops.cpu).toBeGreaterThan(0);
  });

  it("repeats itself for a seed, and not for another one", async () => {
    const sample = (seed: string) => run("--prompt", "Then", "--tokens", "24", "--seed", seed);
    const [one, again, other] = [await sample("7"), await sample("7"), await sample("8")];
    expect(again.tokens).toEqual(one.tokens);
    expect(other.tokens).not.toEqual(one.tokens);
  });

  it("stops at a text, and goes on after the end where it is told to", async () => {
    const stopped = await run("--prompt", "Once", "--tokens", "200", "--greedy", "--stop", " the");
    expect(stopped.reason).toBe("stop");
    expect(stopped.output_tokens).toBeLessThan(200);
    const forced = await run("--prompt-tokens", "64", "--tokens", "32", "--force-tokens", "3", "--ignore-end");
    expect(forced).toMatchObject({ prompt_tokens: 64, output_tokens: 32, reason: "length" });
  });

  it("reads its prompt from a file or from standard input", async () => {
    const file = join(cli().home, "prompt.txt");
    await writeFile(file, "Once upon a time");
    const fromFile = await run("--prompt-file", file, "--tokens", "8", "--greedy");
    const piped = await cli().start(
      ["run", "--prompt-file", "-", "--tokens", "8", "--greedy", "--json"],
      "Once upon a time",
    ).finished;
    expect((JSON.parse(piped.out) as RunSummary).tokens).toEqual(fromFile.tokens);
  });

  it("ends in order when it is interrupted, and keeps what came", async () => {
    const going = cli().start(["run", "--prompt", "Once", "--tokens", "100000", "--context", "4096", "--ignore-end"]);
    await going.wrote(40);
    going.child.kill("SIGINT");
    const { status, err } = await going.finished;
    expect(status).toBe(1);
    expect(err).toContain("cancelling");
    const { runs } = await cli().json<{ runs: { status: string; decode_tps: number }[] }>("runs");
    expect(runs).toMatchObject([{ status: "cancelled" }]);
    expect(runs[0]!.decode_tps).toBeGreaterThan(0);
  });

  it("ends when nobody reads its text any more", () => {
    const launcher = join(root, "electron/cli/phonon.mjs");
    const script = `"${process.execPath}" "${launcher}" run --tokens 100000 --ignore-end | head -c 20`;
    const result = spawnSync("sh", ["-c", script], {
      env: { ...process.env, PHONON_HOME: cli().home },
      timeout: 60_000,
    });
    expect(result.signal).toBeNull();
    expect(result.stdout).toHaveLength(20);
  });

  it("leaves a run that can be read when it is killed", async () => {
    const going = cli().start(["run", "--prompt", "Once", "--tokens", "100000", "--context", "4096", "--ignore-end"]);
    await going.wrote(40);
    going.child.kill("SIGKILL");
    await going.finished;
    const { runs } = await cli().json<{ runs: { status: string; problem: unknown }[] }>("runs");
    expect(runs).toMatchObject([{ status: "interrupted", problem: null }]);
    expect((await cli().json<RunSummary>("runs", "latest")).output_tokens).toBeGreaterThan(1);
    // The agent would end with its lease, in a minute; a test does not wait for that.
    for (const pid of await cli().processes()) process.kill(pid, "SIGKILL");
    while ((await cli().processes()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe("what cannot be run", () => {
  it("is refused with the reason, and leaves no run", async () => {
    const torn = join(cli().home, "torn.gguf");
    await copyFile(join(root, "device-agent/models/story.gguf"), torn);
    await truncate(torn, 5_000_000);
    await writeFile(join(cli().home, "empty.gguf"), "");
    for (const [args, reason] of [
      [["--model", torn], torn],
      [["--model", join(cli().home, "empty.gguf")], "is empty"],
      [["--model", join(cli().home, "none.gguf")], "there is no such file"],
      [["--target", "adb:no-such-phone"], "no-such-phone"],
    ] as const) {
      const { status, out, err } = await cli().run("run", "--json", ...args);
      expect(err).toContain(reason);
      expect(err).toMatch(/^phonon: /m);
      expect({ status, out }).toEqual({ status: 1, out: "" });
    }
    expect(await cli().json("runs")).toEqual({ runs: [] });
  });

  it("fails with the reason where only the agent can tell, and is kept", async () => {
    const long = await cli().run("run", "--prompt-tokens", "600", "--context", "512", "--tokens", "4", "--json");
    expect(long.status).toBe(1);
    expect(JSON.parse(long.out)).toMatchObject({ status: "failed", reason: "prompt_too_long" });
    expect(long.err).toContain("512");
    const huge = await cli().run("run", "--context", "16000000", "--tokens", "4", "--json");
    expect(huge.status).toBe(1);
    expect((await cli().json<{ runs: { status: string }[] }>("runs")).runs.map((r) => r.status)).toEqual([
      "failed",
      "failed",
    ]);
  });
});

describe("phonon export", () => {
  it("writes every format, readable", async () => {
    const { run_id } = await run("--prompt", "Once", "--tokens", "12", "--greedy");
    const write = async (format: string) => {
      const file = join(cli().home, `out.${format}`);
      await cli().json("export", run_id, "--format", format, "--out", file);
      return readFile(file, "utf8");
    };
    const [record, ...events] = (await write("jsonl")).trimEnd().split("\n");
    expect(JSON.parse(record!)).toMatchObject({
      type: "run",
      run_id,
      model: { sha256: expect.stringMatching(/^d71480f4/) as string },
    });
    expect(events.map((line) => agentEvent.parse(JSON.parse(line)).kind)).toEqual(
      expect.arrayContaining(["started", "token", "ended"]),
    );
    expect((await write("csv")).split("\n").filter((line) => line.startsWith(run_id))).not.toHaveLength(0);
    expect(JSON.parse(await write("llama-bench-json"))).toMatchObject([{ n_gen: 0 }, { n_prompt: 0, n_gen: 11 }]);
  });
});

describe("phonon compare", () => {
  it("gives both engines the same work and comes to a verdict", async () => {
    const comparison = await cli().json<Comparison>(
      "compare",
      "--model",
      "story",
      "--engines",
      "phonon,llama.cpp",
      "--rounds",
      "3",
      "--prompt",
      "Once upon a time",
      "--tokens",
      "24",
    );
    expect(comparison.results.map((r) => [r.engine, r.output_tokens, r.run_ids.length])).toEqual([
      ["phonon", 24, 3],
      ["llama.cpp", 24, 3],
    ]);
    const [a, b] = comparison.results;
    expect([a!.prompt_tokens, a!.threads]).toEqual([b!.prompt_tokens, b!.threads]);
    expect(comparison.pairs.map((p) => [p.a, p.b, p.metric])).toEqual([
      ["phonon", "llama.cpp", "decode_tps"],
      ["phonon", "llama.cpp", "prefill_tps"],
    ]);
    for (const { ratio, ci95, verdict } of comparison.pairs) {
      expect(ci95[0]).toBeLessThanOrEqual(ratio);
      expect(ci95[1]).toBeGreaterThanOrEqual(ratio);
      expect(["faster", "slower", "not distinguishable"]).toContain(verdict);
    }
    const { runs } = await cli().json<{ runs: object[] }>("runs");
    expect(runs).toHaveLength(6);
  });
});

describe("phonon perplexity", () => {
  it("is the engine's own, and close to the other's", async () => {
    const text = join(cli().home, "text.txt");
    const { text: story } = await run(
      "--prompt",
      "Once upon a time",
      "--tokens",
      "900",
      "--context",
      "1024",
      "--ignore-end",
      "--seed",
      "1",
    );
    await writeFile(text, story);
    const result = await cli().json<{
      perplexity: number;
      nll: number;
      tokens: number;
      kl_mean: number;
      against: { perplexity: number };
    }>("perplexity", "--model", "story", "--text", text, "--context", "128", "--against", "llama.cpp");
    expect(result.perplexity).toBeCloseTo(Math.exp(result.nll), 3);
    expect(result.tokens).toBeGreaterThan(100);
    expect(result.kl_mean).toBeLessThan(1e-3);
    expect(result.against.perplexity / result.perplexity).toBeCloseTo(1, 2);
  });
});

describe("phonon synth", () => {
  it("writes a model that both engines run", async () => {
    const out = join(cli().home, "tiny.gguf");
    await cli().json("synth", "--shape", "tiny", "--quant", "Q8_0", "--seed", "1", "--out", out);
    expect(await cli().json("inspect", out)).toMatchObject({ quantisation: "Q8_0" });
    expect((await cli().run("synth", "--shape", "tiny", "--quant", "Q8_0", "--out", out)).status).toBe(1);
    for (const engine of ["phonon", "llama.cpp"]) {
      const summary = await cli().json<RunSummary>(
        "run",
        "--model",
        out,
        "--engine",
        engine,
        "--prompt-tokens",
        "16",
        "--tokens",
        "4",
        "--ignore-end",
      );
      expect(summary).toMatchObject({ engine, status: "done", prompt_tokens: 16, output_tokens: 4 });
    }
  });
});

describe("phonon probe", () => {
  it("measures this computer and keeps the profile", async () => {
    const { status, out, err } = await cli().run("probe", "--flash-file", "64M", "--flash-seconds", "1", "--json");
    expect({ status, err }).toMatchObject({ status: 0 });
    const { profile, file } = JSON.parse(out) as { profile: HardwareProfile; file: string };
    expect(profile.flash.points.length).toBeGreaterThan(20);
    for (const point of [...profile.flash.points, ...profile.memory, ...profile.products]) {
      expect(point.bytes_per_s).toBeGreaterThan(0);
    }
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ target: "local", profile });
    expect(await cli().run("probe", "--flash-file", "1M")).toMatchObject({ status: 2, out: "" });
  });
});

describe("the command itself", () => {
  it("lists this computer", async () => {
    const { targets } = await cli().json<{ targets: object[] }>("devices");
    expect(targets[0]).toMatchObject({ id: "local", state: "ready" });
  });

  it("refuses bad usage with status 2", async () => {
    expect(await cli().run("run", "--tokens", "none")).toMatchObject({ status: 2, out: "" });
  });

  it("says what to do where it has not been built", async () => {
    const elsewhere = join(cli().home, "clone", "electron", "cli");
    await mkdir(elsewhere, { recursive: true });
    await copyFile(join(root, "electron/cli/phonon.mjs"), join(elsewhere, "phonon.mjs"));
    const { status, stderr } = spawnSync(process.execPath, [join(elsewhere, "phonon.mjs"), "runs"], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining("npm run setup") as string });
  });
});
