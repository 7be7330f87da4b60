/** Whole runs on a phone: what this program does for its user, on real adb and with real agents. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTarget } from "../../electron/targets/index.js";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones } from "./phone.js";
import { agentsAre, bytesSent, filesOn, isWhole, tokensOf, useOwnHome } from "./support.js";
import { request, runTo } from "./run-support.js";

describePhones("runs on an x86-64 phone", () => {
  useOwnHome();
  let phone: Phone;

  beforeAll(async () => {
    phone = await startPhone();
  });
  afterAll(stopPhones);

  for (const engine of ["phonon", "llama.cpp"] as const) {
    test(`${engine}: the same tokens as on this computer, all of them streamed and kept`, async () => {
      const here = await runTo(request({ engine, tokens: 96 }));
      const there = await runTo(request({ engine, tokens: 96, target: phone.targetId }));
      expect(there.summary).toMatchObject({ status: "done", reason: "length", engine, target: phone.targetId });
      expect(there.summary.tokens).toEqual(here.summary.tokens);
      expect(there.summary.tokens).toHaveLength(96);
      expect(there.summary.text).toBe(here.summary.text);
      expect(isWhole(there.events)).toBe(true);
      expect(tokensOf(there.events)).toEqual(there.summary.tokens);
      expect(there.summary.decode_tps).toBeGreaterThan(1);

      const kept = readFileSync(join(there.summary.run_dir, "events.jsonl"), "utf8").trim().split("\n");
      expect(kept.map((line) => JSON.parse(line) as unknown)).toEqual(there.events);
      const record = JSON.parse(readFileSync(join(there.summary.run_dir, "run.json"), "utf8")) as {
        device: { abi: string };
      };
      expect(record.device.abi).toBe("x86_64");
      await agentsAre(0, phone); // the session ends its agent
    });
  }

  test("telemetry shows the phone's temperatures and battery", async () => {
    phone.tell((facts) => {
      facts.zones["skin"] = 38.5;
      facts.battery = { percent: 61, celsius: 33.2, volts: 3.911, amps: -0.42, charging: false };
    });
    const { events } = await runTo(request({ target: phone.targetId, tokens: 400 }));
    const sample = events.flatMap((e) => (e.kind === "sample" ? [e] : [])).at(-1);
    expect(sample?.temps).toContainEqual({ zone: "skin", celsius: 38.5 });
    expect(sample?.battery).toMatchObject({ percent: 61, charging: false });
    expect(sample?.battery?.volts).toBeCloseTo(3.911);
    expect(sample?.memory.rss_bytes).toBeGreaterThan(10 << 20);
  });

  test("the agent and the model are deployed once, and cleaned up", async () => {
    const again = await bytesSent(phone, () => runTo(request({ target: phone.targetId, tokens: 4 })));
    expect(again).toBeLessThan(400_000);
    const target = await openTarget(phone.targetId);
    await target.cleanup();
    expect((await filesOn(phone)).every((file) => file.startsWith("models/"))).toBe(true);
    await target.cleanup({ models: true });
    expect(await filesOn(phone)).toEqual([]);
  });
});

describePhones("runs on an arm64 phone", () => {
  useOwnHome();
  let phone: Phone;

  beforeAll(async () => {
    phone = await startPhone({ abi: "arm64-v8a" });
  });
  afterAll(stopPhones);

  for (const engine of ["phonon", "llama.cpp"] as const) {
    test(`${engine}: the arm64 agent gives the tokens of this computer`, async () => {
      const here = await runTo(request({ engine, tokens: 12 }));
      const there = await runTo(request({ engine, tokens: 12, target: phone.targetId }));
      expect(there.summary.status).toBe("done");
      expect(there.summary.tokens).toEqual(here.summary.tokens);
      const record = JSON.parse(readFileSync(join(there.summary.run_dir, "run.json"), "utf8")) as {
        device: { abi: string };
      };
      expect(record.device.abi).toBe("arm64-v8a");
      // Its /sys is closed, as on most phones: these come from dumpsys.
      const sample = there.events.flatMap((e) => (e.kind === "sample" ? [e] : [])).at(-1);
      expect(sample?.temps).toContainEqual({ zone: "skin", celsius: 31.2 });
      expect(sample?.battery).toMatchObject({ percent: 84, volts: 4.102, celsius: 29.1 });
    });
  }
});
