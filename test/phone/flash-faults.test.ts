/** A streamed run whose flash fails, hangs or is slow: packs on a real disk of their own, and real faults of it. */
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { describePhones } from "./harness/suite.js";
import { type Phone, sleep, startPhone, stopPhones } from "./phone.js";
import { type Finished, request, runTo } from "./run-support.js";
import { agentsAre, agentsIn, filesOn, isWhole, phononFolder, tokensOf, useOwnHome } from "./support.js";

const tokens = 40;
const afterTokens = 10;

describePhones("a run whose flash fails", () => {
  useOwnHome();
  let phone: Phone;
  let pack: string;
  let undisturbed: number[];

  /**
   * Without a predictor and with two thirds of the neurons in memory, every token reads hundreds at least. Beside other
   * work a sound disk may take seconds to answer, so patience is large where it is not what is tested.
   */
  const streamed = (patience = 60): ReturnType<typeof request> =>
    request({ target: phone.targetId, tokens, packed: true, off: ["predictor"], cacheNeurons: 4000, patience });
  const packFiles = async (): Promise<string[]> =>
    (await filesOn(phone)).filter((file) => file.startsWith("packs/")).map((file) => `${phononFolder}/${file}`);

  /** The run has ended as failed by flash, nothing that came before is lost, and the agent is gone. */
  async function expectFailed({ summary, events }: Finished, message: RegExp): Promise<void> {
    expect(summary).toMatchObject({ status: "failed", reason: "io_error" });
    expect(summary.message).toMatch(message);
    expect(summary.message).toContain(pack);
    expect(summary.tokens.length).toBeGreaterThanOrEqual(afterTokens);
    expect(summary.tokens.length).toBeLessThan(tokens);
    expect(undisturbed.slice(0, summary.tokens.length)).toEqual(summary.tokens);
    expect(tokensOf(events)).toEqual(summary.tokens);
    expect(isWhole(events)).toBe(true);
    await agentsAre(0, phone);
  }

  beforeAll(async () => {
    phone = await startPhone({ packsDiskBytes: 64 << 20 });
    const { summary } = await runTo(streamed());
    expect(summary, summary.message ?? undefined).toMatchObject({ status: "done", stream: { direct: true } });
    undisturbed = summary.tokens;
    expect(undisturbed).toHaveLength(tokens);
    [pack = ""] = await packFiles();
  });
  beforeEach(() => agentsAre(0, phone));
  afterEach(() => phone.limitDisk(undefined));
  afterAll(stopPhones);

  test("its pack is cut under it: said by name, and the next run packs again", async () => {
    const path = phone.path(pack);
    const run = await runTo(streamed(), {
      afterTokens,
      work: async () => truncateSync(path, statSync(path).size / 2),
    });
    await expectFailed(run, /reading \d+ bytes at offset \d+: the file ends before; it was cut while it was in use/);
    const { summary } = await runTo(streamed());
    expect(summary).toMatchObject({ status: "done", tokens: undisturbed });
    expect(summary.warnings).toContain("its pack was damaged or of another version: it was packed again");
  });

  test("its disk answers no more: the watchdog ends the run, and the agent ends while its reads still hang", async () => {
    let hung = 0;
    const run = await runTo(streamed(1), {
      afterTokens,
      work: async () => {
        phone.limitDisk(1);
        hung = Date.now();
      },
    });
    expect(Date.now() - hung).toBeLessThan(30_000);
    await expectFailed(run, /flash has not answered a read for 1 s.*--patience/);
    phone.limitDisk(undefined);
    expect((await runTo(streamed())).summary).toMatchObject({ status: "done", tokens: undisturbed });
  });

  test("its disk is slow for a while, within the watchdog's limit: the same tokens, later", async () => {
    const { summary, events } = await runTo(streamed(60), {
      afterTokens,
      work: async () => {
        phone.limitDisk(64 << 10);
        await sleep(5000);
        phone.limitDisk(undefined);
      },
    });
    expect(summary).toMatchObject({ status: "done", tokens: undisturbed });
    const longest = Math.max(...events.map((event) => (event.kind === "token" ? event.ms : 0)));
    expect(longest).toBeGreaterThan(1000);
  });

  test("the agent stands still for longer than the watchdog's limit, as a program in the background may: no fault", async () => {
    const { summary } = await runTo(streamed(4), {
      afterTokens,
      work: async () => {
        const agents = agentsIn(phone);
        for (const { pid } of agents) process.kill(pid, "SIGSTOP");
        await sleep(6000);
        for (const { pid } of agents) process.kill(pid, "SIGCONT");
      },
    });
    expect(summary).toMatchObject({ status: "done", tokens: undisturbed });
  });

  test("no room for a pack on its disk: refused, nothing left, and a run in memory is still possible", async () => {
    await phone.shell(`rm ${pack}`);
    const folder = phone.path(`${phononFolder}/packs`);
    writeFileSync(`${folder}/else`, Buffer.alloc(58 << 20));
    const { summary } = await runTo(streamed());
    expect(summary).toMatchObject({ status: "failed", reason: "no_space" });
    expect(summary.message).toMatch(/\.pack needs \d+ bytes; \d+ are free in its folder/);
    expect(await packFiles()).toEqual([`${phononFolder}/packs/else`]);
    await agentsAre(0, phone);
    expect((await runTo(request({ target: phone.targetId, tokens }))).summary.status).toBe("done");
    await phone.shell(`rm ${phononFolder}/packs/else`);
    expect((await runTo(streamed())).summary).toMatchObject({ status: "done", tokens: undisturbed });
  });

  test("its disk breaks: errors of reading are said by name, and what is written anew is read again", async () => {
    const { size } = statSync(phone.path(pack));
    const run = await runTo(streamed(), { afterTokens, work: async () => phone.cutDisk(size / 2) });
    await expectFailed(run, /reading \d+ bytes at offset \d+: Input\/output error. Check the disk that it lies on/);
    await phone.shell(`rm ${pack}`);
    expect((await runTo(streamed())).summary).toMatchObject({ status: "done", tokens: undisturbed });
  });
});
