/** Runs to which something happens: what came is kept, what can go on goes on, and nothing is left on the phone. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openTarget } from "../../electron/targets/index.js";
import { describePhones } from "./harness/suite.js";
import { adbServer, type Phone, sleep, startPhone, stopPhones, until } from "./phone.js";
import { request, runTo } from "./run-support.js";
import { agentsAre, agentsIn, failureOf, filesOn, isWhole, slowDown, tokensOf, useOwnHome } from "./support.js";

const tokens = 1000; // so many that a slowed agent is not done before its cable is gone

describePhones("a run that is disturbed", () => {
  useOwnHome();
  let phone: Phone;
  let undisturbed: number[];
  const onPhone = (): ReturnType<typeof request> => request({ target: phone.targetId, tokens });

  beforeAll(async () => {
    phone = await startPhone();
    undisturbed = (await runTo(onPhone())).summary.tokens;
    expect(undisturbed).toHaveLength(tokens);
  });
  beforeEach(() => agentsAre(0, phone));
  afterAll(stopPhones);

  test("unplugged and plugged in again: the stream goes on, nothing missing or doubled", async () => {
    const counts: number[] = [];
    const { summary, events } = await runTo(onPhone(), {
      afterTokens: 20,
      work: async (tokensSoFar) => {
        const speedUp = slowDown(phone);
        await phone.unplug();
        await sleep(500); // what had come before the unplug is still being written down
        counts.push(tokensSoFar());
        await sleep(1000);
        counts.push(tokensSoFar());
        await agentsAre(1, phone); // it goes on without a cable
        await phone.replug();
        await until("events of the time without a cable", () => tokensSoFar() > (counts[1] ?? 0));
        speedUp();
      },
    });
    expect(counts[0]).toBeLessThan(tokens);
    expect(counts[1]).toBe(counts[0]);
    expect(summary).toMatchObject({ status: "done", reason: "length" });
    expect(isWhole(events)).toBe(true);
    expect(tokensOf(events)).toEqual(undisturbed);
  });

  test("listed as offline for a while: the same", async () => {
    const { summary, events } = await runTo(onPhone(), {
      afterTokens: 20,
      work: async () => {
        const speedUp = slowDown(phone);
        await phone.unplug({ offline: true });
        await sleep(1000);
        await phone.replug();
        speedUp();
      },
    });
    expect(summary.status).toBe("done");
    expect(isWhole(events)).toBe(true);
    expect(tokensOf(events)).toEqual(undisturbed);
  });

  test("over a cable that hangs for some seconds: the same", async () => {
    const { summary, events } = await runTo(onPhone(), {
      afterTokens: 20,
      work: async () => {
        const speedUp = slowDown(phone);
        await phone.hang();
        await sleep(4000);
        await phone.unhang();
        speedUp();
      },
    });
    expect(summary.status).toBe("done");
    expect(isWhole(events)).toBe(true);
    expect(tokensOf(events)).toEqual(undisturbed);
  });

  test("the adb server is killed: it is started again, and the run goes on", async () => {
    const server = await adbServer();
    const { summary, events } = await runTo(onPhone(), {
      afterTokens: 20,
      work: async () => {
        const speedUp = slowDown(phone);
        server.kill();
        // The program starts a new one; that finds a phone on a cable by itself, one on the network when asked to.
        await until("an adb server", () => server.pids.length > 0);
        await server.connect(phone.serial);
        speedUp();
      },
    });
    expect(summary.status).toBe("done");
    expect(isWhole(events)).toBe(true);
    expect(tokensOf(events)).toEqual(undisturbed);
  });

  test("the phone reboots: the run has failed, says why, and keeps what came", async () => {
    const begun = Date.now();
    const { summary, events } = await runTo(onPhone(), {
      afterTokens: 20,
      work: async () => {
        slowDown(phone);
        await phone.reboot();
      },
    });
    expect(Date.now() - begun).toBeLessThan(30_000);
    expect(summary.status).toBe("failed");
    expect(summary.reason).toMatch(/^agent_(gone|lost)$/);
    expect(summary.message).toMatch(/restarted|rebooted|ended|no longer/i);
    expect(summary.tokens.length).toBeGreaterThanOrEqual(20);
    expect(summary.tokens.length).toBeLessThan(tokens);
    expect(undisturbed.slice(0, summary.tokens.length)).toEqual(summary.tokens);
    expect(events.every((event, i) => event.seq === i + 1)).toBe(true);
  });

  test("the agent is killed on the phone: said, not waited for", async () => {
    const begun = Date.now();
    const { summary } = await runTo(onPhone(), {
      afterTokens: 20,
      work: async () => {
        for (const { pid } of agentsIn(phone)) process.kill(pid, "SIGKILL");
      },
    });
    expect(Date.now() - begun).toBeLessThan(30_000);
    expect(summary.status).toBe("failed");
    expect(summary.reason).toMatch(/^agent_(gone|lost)$/);
    expect(summary.tokens.length).toBeGreaterThanOrEqual(20);
  });

  test("unplugged for longer than the lease: the agent ends by itself, and the session says so", async () => {
    const target = await openTarget(phone.targetId);
    const session = await target.openAgent({ engine: "phonon", leaseSeconds: 5 });
    await agentsAre(1, phone);
    await phone.unplug();
    const asked = failureOf(session.request({ type: "status" }));
    await until("the agent to end", () => agentsIn(phone).length === 0, 15_000);
    const error = await asked;
    expect(error.code).toBe("agent_lost");
    expect(error.message).toMatch(/cable/);
    await session.close();
    await phone.replug();
    expect((await filesOn(phone)).filter((file) => file.startsWith("sessions/"))).toEqual([]);
  });
});

describePhones("two phones at once", () => {
  useOwnHome();
  afterAll(stopPhones);

  test("each runs its own, and one's unplug does not touch the other", async () => {
    const [one, two] = await Promise.all([startPhone(), startPhone({ properties: { "ro.product.model": "Second" } })]);
    const expected = (await runTo(request({ tokens }))).summary.tokens;
    const [first, second] = await Promise.all([
      runTo(request({ target: one.targetId, tokens }), {
        afterTokens: 10,
        work: async () => {
          await one.unplug();
          await sleep(500);
          await one.replug();
        },
      }),
      runTo(request({ target: two.targetId, tokens })),
    ]);
    expect(first.summary).toMatchObject({ status: "done", target: one.targetId, tokens: expected });
    expect(second.summary).toMatchObject({ status: "done", target: two.targetId, tokens: expected });
    expect(isWhole(first.events) && isWhole(second.events)).toBe(true);
  });
});
