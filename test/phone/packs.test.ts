/** Packs on a phone to which something happens: what can go on goes on, the rest is said, and nothing is left behind. */
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunSummary } from "../../electron/runs/config.js";
import type { PackResult } from "../../electron/runs/pack.js";
import { DEFAULT_PACK_OPTIONS, lookForPack, makePack } from "../../electron/runs/packing.js";
import { hashFile } from "../../electron/targets/file-hash.js";
import { openTarget } from "../../electron/targets/index.js";
import { Cli, interruptAt, type Finished } from "../e2e/cli.js";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones, until } from "./phone.js";
import { agentsAre, agentsIn, failureOf, filesOn, sha256, slowDown, useOwnHome } from "./support.js";

describePhones("packs on a phone", () => {
  useOwnHome();
  let phone: Phone;
  let cli: Cli;
  const story = join(import.meta.dirname, "../../device-agent/models/story.gguf");

  beforeAll(async () => {
    phone = await startPhone({ storageBytes: 1 << 30 });
  });
  beforeEach(async () => {
    cli = await Cli.open();
  });
  afterEach(async () => {
    await cli.close();
    await phone.restore();
  });
  afterAll(stopPhones);

  const pack = (...args: string[]): Promise<PackResult> =>
    cli.json<PackResult>("pack", "--target", phone.targetId, ...args);
  const work = ["--prompt", "Once upon a time", "--tokens", "8", "--greedy"];
  const run = (...args: string[]): Promise<RunSummary> =>
    cli.json<RunSummary>("run", "--target", phone.targetId, ...work, ...args);
  /** The phone itself is warned of too: that it has little room, and how its storage is read. */
  const ofPacks = ({ warnings }: { warnings: string[] }): string[] =>
    warnings.filter((warning) => /packed|packing/.test(warning));
  const packFiles = async (): Promise<string[]> =>
    (await filesOn(phone)).filter((file) => file.startsWith("packs/")).map((file) => file.slice("packs/".length));
  const pathOf = ({ pack: path }: { pack: string }): string => phone.path(path);

  /** The story model on the phone, beside an agent. */
  async function openStory(options: { leaseSeconds?: number } = {}) {
    const target = await openTarget(phone.targetId);
    const { sha256: hash } = await hashFile(story);
    const model = { target, modelPath: story, sha256: hash, targetPath: await target.putModel(story) };
    const session = await target.openAgent({ engine: "phonon", ...options });
    return { session, model, there: await lookForPack(session, model, null) };
  }

  /** Packs, and does something to the phone when a layer is begun. */
  async function packUntil(layer: number, work: () => void, ...args: string[]): Promise<Finished> {
    const { child, finished } = cli.start(["pack", ...args, "--target", phone.targetId]);
    let slowed: (() => void) | undefined;
    let done = false;
    child.stderr!.on("data", (text: string) => {
      if (/packing, (copying|layer)/.test(text)) slowed ??= slowDown(phone);
      if (done || !text.includes(`packing, layer ${layer} of`)) return;
      done = true;
      work();
    });
    const end = await finished;
    slowed?.();
    expect(done).toBe(true);
    return end;
  }
  const killAgents = (): void => agentsIn(phone).forEach(({ pid }) => process.kill(pid, "SIGKILL"));

  test("the agent is killed while it packs: the next packing goes on, to the same bytes", async () => {
    const whole = await pack("story");
    const expected = sha256(pathOf(whole));
    await phone.shell(`rm ${whole.pack}`);
    const killed = await packUntil(4, killAgents, "story");
    expect(killed).toMatchObject({ status: 1, err: expect.stringMatching(/agent .*(ended|gone|lost)/i) as string });
    const name = whole.pack.slice(whole.pack.lastIndexOf("/") + 1);
    expect(await packFiles()).toEqual([`${name}.part`, `${name}.state`]);
    await agentsAre(0, phone);
    const resumed = await pack("story");
    expect(resumed).toMatchObject({ found: "missing", made: true });
    expect(ofPacks(resumed)).toEqual([]);
    expect(resumed.resumed_layers).toBeGreaterThanOrEqual(3);
    expect(sha256(pathOf(resumed))).toBe(expected);
    expect(await packFiles()).toEqual([name]);
  });

  test("killed, and then packed with other options: from the start, and said", async () => {
    await packUntil(4, killAgents, "story");
    const anew = await pack("story", "--energy", "0.9");
    expect(anew).toMatchObject({ made: true, resumed_layers: 0 });
    expect(ofPacks(anew)).toEqual([expect.stringMatching(/interrupted packing .* other options.* from the start/)]);
    expect(await packFiles()).toHaveLength(1);
  });

  test("Ctrl-C leaves nothing", async () => {
    const packing = cli.start(["pack", "story", "--target", phone.targetId]);
    interruptAt(packing, "packing, layer 2");
    expect(await packing.finished).toMatchObject({ status: 1, err: expect.stringContaining("cancelled") as string });
    expect(await packFiles()).toEqual([]);
  });

  test("unplugged for longer than the lease: what was packed by then is gone on with", async () => {
    const leaseSeconds = 5;
    const { session, model, there } = await openStory({ leaseSeconds });
    let slowed: (() => void) | undefined;
    let unplugged: Promise<void> | undefined;
    const onStep = ({ what }: { what: string }): void => {
      if (what.startsWith("layer 1")) slowed = slowDown(phone);
      if (!what.startsWith("layer 3")) return;
      slowed?.();
      agentsIn(phone).forEach(({ pid }) => process.kill(pid, "SIGSTOP")); // or it would be done before the lease is
      unplugged = phone.unplug();
    };
    const error = await failureOf(makePack(session, model, there, DEFAULT_PACK_OPTIONS, { onStep }));
    expect(error.code).toBe("agent_lost");
    await unplugged;
    await sleep(1000 * (leaseSeconds + 1));
    agentsIn(phone).forEach(({ pid }) => process.kill(pid, "SIGCONT"));
    await until("the agent to end", () => agentsIn(phone).length === 0, 15_000);
    await session.close();
    await phone.replug();
    expect((await pack("story")).resumed_layers).toBeGreaterThanOrEqual(1);
  });

  test("no space: a clear error, nothing left, and the old pack as it was", async () => {
    const first = await pack("story");
    const before = sha256(pathOf(first));
    // A phone that is full when the command begins is refused by its preflight; this one is filled then.
    const { session, model, there } = await openStory();
    phone.fillStorage(6 << 20);
    const error = await failureOf(makePack(session, model, there, { ...DEFAULT_PACK_OPTIONS, energy: 0.9 }, {}));
    expect(error.code).toBe("no_space");
    expect(error.message).toMatch(/\.pack needs \d+ bytes; \d+ are free in its folder/);
    await session.close();
    expect(await packFiles()).toHaveLength(1);
    expect(sha256(pathOf(first))).toBe(before);
    phone.emptyStorage();
    expect(await pack("story")).toMatchObject({ found: "current", made: false });
    expect((await run("--packed")).status).toBe("done");
  });

  test("a pack that is cut, of another version, or another model's is made again, and that is said", async () => {
    const made = await pack("story");
    const path = pathOf(made);
    const good = readFileSync(path);
    const damaged = "its pack was damaged or of another version: it was packed again";
    truncateSync(path, statSync(path).size - 4096);
    expect(ofPacks(await run("--packed"))).toEqual([damaged]);

    const other = Buffer.from(good);
    const key = "phonon.pack.version";
    other[other.indexOf(key) + key.length + 4] = 2;
    writeFileSync(path, other);
    expect(ofPacks(await run("--packed"))).toEqual([damaged]);

    const small = join(cli.home, "small.gguf");
    const shape = ["--shape", "tiny", "--architecture", "smallthinker", "--quant", "Q8_0", "--sparsity", "0.9"];
    await cli.json("synth", ...shape, "--out", small);
    writeFileSync(path, readFileSync(pathOf(await pack(small))));
    expect(ofPacks(await run("--packed"))).toEqual(["the model had changed since it was packed: it was packed again"]);
    expect(readFileSync(path).equals(good)).toBe(true);
  });

  test("a pack with a wrong byte is found out where reads are checked, by name", async () => {
    const path = pathOf(await pack("story"));
    const bytes = readFileSync(path);
    const file = openSync(path, "r+");
    // The last layer's neurons are what the file ends with.
    for (let at = bytes.length - 200_000; at < bytes.length; at += 512)
      writeSync(file, Buffer.from([255 ^ bytes[at]!]), 0, 1, at);
    closeSync(file);
    // What is filled into the cache at first is not compared: half of the neurons have to be read then.
    const checked = ["--packed", "--off", "predictor", "--verify-reads", "--cache-neurons", "2100"];
    const { status, err } = await cli.run("run", "--target", phone.targetId, ...work, ...checked);
    expect(status).toBe(1);
    expect(err).toMatch(/neuron \d+ of layer 5 does not match its checksum/);
  });

  test("the model's file changed under its pack: a new pack, and the old one goes", async () => {
    const model = join(cli.home, "m.gguf");
    const shape = [
      "--shape",
      "tiny",
      "--architecture",
      "smallthinker",
      "--quant",
      "Q8_0",
      "--sparsity",
      "0.9",
      "--force",
    ];
    await cli.json("synth", ...shape, "--out", model);
    const small = ["--model", model, "--packed"];
    const synthetic = (): Promise<RunSummary> =>
      cli.json<RunSummary>("run", "--target", phone.targetId, "--prompt-tokens", "4", "--tokens", "4", ...small);
    expect(ofPacks(await synthetic())).toEqual([]);
    const [before] = await packFiles();
    await cli.json("synth", ...shape, "--out", model, "--seed", "9");
    expect(ofPacks(await synthetic())).toEqual([
      "the model had changed since it was packed: its old pack was replaced",
    ]);
    expect(await packFiles()).toHaveLength(1);
    expect(await packFiles()).not.toEqual([before]);
  });

  test("a budget too small is refused with the smallest that works, and that works", async () => {
    await pack("story");
    const budget = (memory: string): string[] => ["--packed", "--memory", memory, "--enforce", "none"];
    const { status, err } = await cli.run("run", "--target", phone.targetId, ...work, ...budget("24M"));
    expect(status).toBe(1);
    const smallest = /the smallest that works here is (\d+) MiB/.exec(err)?.[1];
    const summary = await run(...budget(`${Number(smallest) + 4}M`));
    expect(summary.status).toBe("done");
    expect(summary.stream!.cache_neurons).toBeLessThan(6 * 1024);
  });

  test("a requantised pack says what it costs, and runs", async () => {
    const made = await pack("story", "--requantise", "q4_0");
    expect(made).toMatchObject({ quality: { kl_mean: expect.any(Number) as number } });
    const summary = await run("--packed");
    expect(summary).toMatchObject({ status: "done", output_tokens: 8 });
  });
});
