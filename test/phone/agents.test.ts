/** What is deployed to a phone: by hash, once, and only this version's agent. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { agentBinary, programVersion } from "../../electron/agent/builds.js";
import { openTarget } from "../../electron/targets/index.js";
import { repoRoot } from "./harness/host.js";
import { describePhones } from "./harness/suite.js";
import { adbServer, type Phone, startPhone, stopPhones } from "./phone.js";
import { agentsAre, bytesSent, failureOf, filesOn, sha256, useOwnHome } from "./support.js";

describePhones("agents on a phone", () => {
  const home = useOwnHome();
  let phone: Phone;

  beforeAll(async () => {
    phone = await startPhone();
  });
  const builds = process.env["PHONON_AGENTS"];
  const useOwnBuilds = (): void => {
    if (builds === undefined) delete process.env["PHONON_AGENTS"];
    else process.env["PHONON_AGENTS"] = builds;
  };
  afterEach(async () => {
    useOwnBuilds();
    await agentsAre(0, phone);
  });
  afterAll(stopPhones);

  /** A folder of builds whose agent says that it is of another version. */
  const olderBuilds = async (): Promise<string> => {
    const session = await (await openTarget(phone.targetId)).openAgent({ engine: "phonon" });
    const greeting = { ...session.greeting, version: "0.0.7" };
    await session.close();
    const script = readFileSync(join(repoRoot, "test/phone/older-agent.pl"), "utf8");
    const folder = join(home.path, "older");
    mkdirSync(join(folder, "x86_64"), { recursive: true });
    writeFileSync(join(folder, "x86_64/phonon-agent"), `${script}${JSON.stringify(greeting)}\n`, { mode: 0o755 });
    return folder;
  };

  test("go there by hash, once; a session leaves nothing but them", async () => {
    const target = await openTarget(phone.targetId);
    const open = async (): Promise<void> => {
      const session = await target.openAgent({ engine: "phonon" });
      expect(session.greeting).toMatchObject({ version: programVersion, device: { abi: "x86_64" } });
      expect((await session.request({ type: "status" })).loaded).toBeNull();
      await agentsAre(1, phone);
      await session.close();
    };
    const first = await bytesSent(phone, open);
    expect(first).toBeGreaterThan(1_000_000);
    await agentsAre(0, phone);
    const second = await bytesSent(phone, open);
    expect(second).toBeLessThan(200_000);
    const files = await filesOn(phone);
    expect(files).toHaveLength(1);
    expect(sha256(phone.path(`/data/local/tmp/phonon/${files[0]}`))).toBe(sha256(agentBinary("x86_64", "phonon")));
    expect((await (await adbServer()).adb(["forward", "--list"])).stdout.trim()).toBe("");
  });

  test("the token is in no command line", async () => {
    const target = await openTarget(phone.targetId);
    const session = await target.openAgent({ engine: "phonon" });
    for (const { command } of phone.processes()) expect(command).not.toMatch(/[0-9a-f]{64}/);
    await session.close();
  });

  test("one of another version that is there already does not stand in the way", async () => {
    process.env["PHONON_AGENTS"] = await olderBuilds();
    const before = await filesOn(phone);
    const target = await openTarget(phone.targetId);
    const error = await failureOf(target.openAgent({ engine: "phonon" }));
    expect(error.code).toBe("protocol_version");
    expect(error.message).toMatch(/0\.0\.7.*npm run setup/s);
    await agentsAre(0, phone);
    expect((await filesOn(phone)).length).toBe(before.length + 1);

    useOwnBuilds();
    const session = await target.openAgent({ engine: "phonon" });
    expect(session.greeting.version).toBe(programVersion);
    await session.close();
  });

  test("one that is not built is said before anything moves", async () => {
    process.env["PHONON_AGENTS"] = join(home.path, "nothing");
    const error = await failureOf((await openTarget(phone.targetId)).openAgent({ engine: "phonon" }));
    expect(error.code).toBe("agent_not_built");
    expect(error.message).toMatch(/npm run setup/);
  });

  test("cleanup leaves nothing", async () => {
    await (await openTarget(phone.targetId)).cleanup({ models: true });
    expect(await filesOn(phone)).toEqual([]);
  });
});
