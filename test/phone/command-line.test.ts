/** The `phonon` command with a phone as its target. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunSummary } from "../../electron/runs/config.js";
import type { Ablation, ProfileRecord, Sweep } from "../../electron/store/index.js";
import { Cli } from "../e2e/cli.js";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones } from "./phone.js";
import { agentsAre } from "./support.js";

describePhones("the command line on a phone", () => {
  let phone: Phone;
  let cli: Cli;
  const prompt = ["--prompt", "Once upon a time", "--greedy"];

  beforeAll(async () => {
    phone = await startPhone();
    cli = await Cli.open();
  });
  afterAll(async () => {
    await cli.close();
    await stopPhones();
  });

  test("devices lists it as --target takes it", async () => {
    const { targets } = await cli.json<{ targets: { id: string; state: string; abi: string }[] }>("devices");
    expect(targets.map(({ id }) => id)).toEqual(["local", phone.targetId]);
    expect(targets[1]).toMatchObject({ state: "ready", abi: "x86_64" });
    expect((await cli.run("devices")).out).toContain(phone.targetId);
  });

  for (const engine of ["phonon", "llama.cpp"]) {
    test(`run --engine ${engine} does there what it does here`, async () => {
      const run = (target: string): Promise<RunSummary> =>
        cli.json<RunSummary>("run", "--target", target, "--engine", engine, "--tokens", "32", ...prompt);
      const [here, there] = [await run("local"), await run(phone.targetId)];
      expect(there).toMatchObject({ status: "done", target: phone.targetId, engine, output_tokens: 32 });
      expect(there.tokens).toEqual(here.tokens);
      const { runs } = await cli.json<{ runs: { run_id: string }[] }>("runs");
      expect(runs[0]?.run_id).toBe(there.run_id);
    });
  }

  test("compare runs both engines there", async () => {
    const rounds = ["--rounds", "1", "--tokens", "16", "--threads", "1"];
    const compared = await cli.json<{ results: { engine: string; target: string }[]; pairs: { ratio: number }[] }>(
      ...["compare", "--target", phone.targetId, "--engines", "phonon,llama.cpp", ...rounds, ...prompt],
    );
    expect(compared.results.map(({ engine }) => engine).sort()).toEqual(["llama.cpp", "phonon"]);
    expect(compared.results.every(({ target }) => target === phone.targetId)).toBe(true);
    expect(compared.pairs.every(({ ratio }) => ratio > 0)).toBe(true);
    await agentsAre(0, phone);
  });

  test("a ladder and a curve are measured there, on the same tokens", async () => {
    const there = ["--target", phone.targetId, "--enforce", "none", "--rounds", "1", "--tokens", "16", ...prompt];
    const ladder = await cli.json<Ablation>("ablate", ...there, "--memory", "100M", "--cache-neurons", "3000");
    expect(ladder.rungs.map(({ name, failure }) => [name, failure])).toEqual(
      ["llama.cpp", "baseline", "+bundle", "+cache", "+pipeline", "no predictor"].map((name) => [name, null]),
    );
    const curve = await cli.json<Sweep>("sweep", ...there, "--memory", "90M,100M");
    expect(curve.points.map(({ failure }) => failure)).toEqual([null, null]);
    const runIds = [...ladder.rungs, ...curve.points].map(({ run_ids: [first = ""] }) => first);
    const runs = await Promise.all(runIds.map((id) => cli.json<RunSummary>("runs", id)));
    for (const run of runs) expect(run).toMatchObject({ target: phone.targetId, tokens: runs[0]!.tokens });
    await agentsAre(0, phone);
  });

  test("probe measures its flash where models go, and leaves nothing there", async () => {
    const files = async () => (await phone.shell("find /data/local/tmp -maxdepth 2 | sort")).stdout;
    const before = await files();
    const size = ["--flash-file", "64M", "--flash-seconds", "0.5"];
    const { profile, target } = await cli.json<ProfileRecord>("probe", "--target", phone.targetId, ...size);
    expect(target).toBe(phone.targetId);
    expect(profile.flash.points.every((point) => point.bytes_per_s > 0)).toBe(true);
    expect(await files()).toBe(before);
    await agentsAre(0, phone);
  });

  test("an unplugged phone: status 1, and what to do on standard error", async () => {
    await phone.unplug();
    const { status, out, err } = await cli.run("run", "--target", phone.targetId, "--tokens", "4", ...prompt);
    expect(status).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(/not plugged in/);
    await phone.replug();
  });
});
