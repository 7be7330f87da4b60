/** A memory budget on a phone that lets nobody make cgroups: the balloon. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones } from "./phone.js";
import { request, runTo } from "./run-support.js";
import { agentsAre, useOwnHome } from "./support.js";

const MiB = 1024 ** 2;
const total = 1024 * MiB;
const available = 640 * MiB;

describePhones("a memory budget on a phone without cgroups", () => {
  useOwnHome();
  let phone: Phone;

  // A phone of this size; a balloon by this machine's own figures would take all of its memory.
  beforeAll(async () => {
    phone = await startPhone();
    const meminfo = `MemTotal: ${total / 1024} kB\\nMemAvailable: ${available / 1024} kB\\n`;
    const made = await phone.shell(
      `printf '${meminfo}' >/tmp/meminfo && printf '        high     4096\\n' >/tmp/zoneinfo &&
       mount --bind /tmp/meminfo /proc/meminfo && mount --bind /tmp/zoneinfo /proc/zoneinfo`,
    );
    expect(made).toMatchObject({ code: 0 });
  });
  afterAll(stopPhones);

  for (const engine of ["phonon", "llama.cpp"] as const) {
    test(`${engine}: a balloon holds what is not in the budget, and goes with the run`, async () => {
      let held = 0;
      const { summary } = await runTo(
        request({ engine, target: phone.targetId, memory: 256 * MiB, coldCache: true, tokens: 300 }),
        {
          afterTokens: 5,
          work: async () => {
            const { stdout } = await phone.shell("cat /proc/[0-9]*/status");
            held = residentOf("phonon-balloon", stdout);
          },
        },
      );
      expect(summary).toMatchObject({ status: "done", warnings: [] });
      expect(summary.memory).toMatchObject({ budget_bytes: 256 * MiB, enforced: "balloon" });
      expect(summary.memory.note).toContain("no cgroup");
      expect(summary.memory.note).toMatch(/a balloon holds \d+ MiB/);
      expect(summary.memory.peak_bytes).toBeGreaterThan(12 * MiB);
      // 640 MiB less the budget, of which the agent held some already, and the reserve of 16 MiB.
      expect(held).toBeGreaterThan(360 * MiB);
      expect(held).toBeLessThan(400 * MiB);
      await agentsAre(0, phone);
    });
  }

  test("a budget beyond the phone is refused before anything is moved", async () => {
    const run = runTo(request({ target: phone.targetId, memory: 2 * total }));
    await expect(run).rejects.toThrow("are more than target");
  });

  test("a budget that no balloon can enforce is an error, or said, as asked", async () => {
    const beyond = { target: phone.targetId, memory: 700 * MiB, tokens: 4 };
    const refused = await runTo(request({ ...beyond, enforce: "balloon" }));
    expect(refused.summary).toMatchObject({ status: "failed", reason: "out_of_memory" });
    expect(refused.summary.message).toContain("Close programs, or choose a smaller budget");
    const run = await runTo(request(beyond));
    expect(run.summary.memory).toMatchObject({ budget_bytes: 700 * MiB, enforced: "none" });
    expect(run.summary.warnings.join()).toContain("the memory budget is not enforced");
    await agentsAre(0, phone);
  });
});

describePhones("a memory budget on a rooted phone", () => {
  useOwnHome();
  let phone: Phone;

  beforeAll(async () => {
    phone = await startPhone();
    const made = await phone.shell(
      `mkdir -p /sys/fs/cgroup/memory &&
       { mount -t cgroup -o memory memory /sys/fs/cgroup/memory || mount -t cgroup2 cgroup2 /sys/fs/cgroup; }`,
    );
    expect(made).toMatchObject({ code: 0 });
  });
  afterAll(stopPhones);

  const groups = async (): Promise<string> => (await phone.shell("find /sys/fs/cgroup -name 'phonon-*'")).stdout;

  test("is enforced by a cgroup, which goes with the run", async () => {
    const { summary } = await runTo(request({ target: phone.targetId, memory: 256 * MiB }));
    expect(summary).toMatchObject({ status: "done", memory: { budget_bytes: 256 * MiB, enforced: "cgroup" } });
    expect(summary.memory.peak_bytes).toBeLessThanOrEqual(256 * MiB);
    expect(await groups()).toBe("");
  });

  test("that is too small ends the run as out of memory, as the agent's keeper tells", async () => {
    const small = { engine: "llama.cpp" as const, memory: 48 * MiB, context: 32_768 };
    const { summary } = await runTo(request({ target: phone.targetId, ...small }));
    expect(summary).toMatchObject({ status: "failed", reason: "out_of_memory" });
    expect(summary.message).toContain("it needed more memory than its budget of 48 MiB");
    await expect.poll(groups).toBe("");
    await agentsAre(0, phone);
  });
});

/** Bytes that the process of that name holds, from the texts of /proc/PID/status. */
function residentOf(name: string, texts: string): number {
  const status = texts.split(/^(?=Name:)/m).find((text) => text.startsWith(`Name:\t${name}\n`));
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status ?? "")?.[1] ?? 0) * 1024;
}
