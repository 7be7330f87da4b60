import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FitReport, Placement } from "../../../electron/ipc/contract.js";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide, modelOf, REPORT } from "./fake-side.js";

const GIB = 2 ** 30;
const A = "a".repeat(64);
const B = "b".repeat(64);

let side: FakeSide;
let control: Control;
let client: FakeClient;

beforeEach(() => {
  side = new FakeSide();
  side.models = [modelOf("/a.gguf"), modelOf("/b.gguf", { fileBytes: GIB })];
  control = createControl(side);
  client = new FakeClient();
});
afterEach(() => control.close());

async function ask<T>(channel: string, request: unknown): Promise<T> {
  const reply = await control.call(client, channel, request);
  if (!reply.ok) throw new Error(`${reply.failure.code}: ${reply.failure.message}`);
  return reply.response as T;
}

const placement = () => ask<Placement>("models.placement", { target: "adb:A" });
const fit = (change: object = {}) => ask<FitReport>("models.fit", { path: "/a.gguf", target: "adb:A", ...change });

describe("models.placement", () => {
  it("of a target that reads files where they are", async () => {
    expect((await placement()).models.map(({ state }) => state)).toEqual(["in place", "in place"]);
  });

  it("tells by hash what is there, what is partly there, and what else is there", async () => {
    side.hashes.set("/a.gguf", A).set("/b.gguf", B);
    side.stored = [
      { sha256: A, bytes: 4 * GIB, whole: true },
      { sha256: B, bytes: 1000, whole: false },
      { sha256: "c".repeat(64), bytes: 7, whole: true },
    ];
    expect(await placement()).toEqual({
      target: "adb:A",
      models: [
        { path: "/a.gguf", state: "there" },
        { path: "/b.gguf", state: "partly", bytes: 1000 },
      ],
      others: { files: 1, bytes: 7 },
    });
  });

  it("does not read gigabytes for it: a file of the same size may be the same", async () => {
    side.stored = [{ sha256: A, bytes: 4 * GIB, whole: true }];
    expect((await placement()).models.map(({ state }) => state)).toEqual(["perhaps", "absent"]);
    expect(await ask("models.hash", { path: "/a.gguf" })).toBeNull(); // reads them when asked to
    expect((await placement()).models.map(({ state }) => state)).toEqual(["there", "absent"]);
  });
});

describe("models.fit", () => {
  it("adds up weights, KV cache and the rest, against what is available now", async () => {
    const report = await fit({ context: 8192 });
    expect(report.needs).toMatchObject({ weightBytes: 4 * GIB, kvBytes: GIB });
    expect(report.needs.totalBytes).toBeGreaterThan(5 * GIB);
    expect(report).toMatchObject({ verdict: "tight", context: 8192, missingBytes: 0, lacks: null });
    expect(report.memoryBytes).toEqual({ total: 8 * GIB, available: 6 * GIB });
  });

  it("counts what still has to be brought to a phone", async () => {
    side.stored = [{ sha256: A, bytes: GIB, whole: false }];
    side.hashes.set("/a.gguf", A);
    expect((await fit()).missingBytes).toBe(3 * GIB);
    side.deviceReport = { ...REPORT, storage: { ...REPORT.storage, freeBytes: 2 * GIB } };
    expect(await fit()).toMatchObject({ verdict: "too large", lacks: "storage" });
    side.stored = [{ sha256: A, bytes: 4 * GIB, whole: true }];
    expect(await fit()).toMatchObject({ verdict: "fits", missingBytes: 0 });
  });

  it("names a model of the list that fits where this one does not", async () => {
    side.deviceReport = { ...REPORT, memory: { totalBytes: 4 * GIB, availableBytes: 3 * GIB } };
    const { verdict, lacks, suggestions } = await fit();
    expect([verdict, lacks]).toEqual(["too large", "memory"]);
    expect(suggestions).toMatchObject([{ kind: "model", path: "/b.gguf", name: "b.gguf" }]);
  });

  it.each([[{ context: 0 }], [{ context: 1e12 }], [{ path: "" }], [{ extra: 1 }]])("refuses %j", async (change) => {
    await expect(fit(change)).rejects.toThrow("bad_request");
  });
});

it("models.forget takes a model from the list, whether it is there or not", async () => {
  expect(await ask("models.forget", { path: "/a.gguf" })).toBeNull();
  expect(await ask("models.forget", { path: "/nothing" })).toBeNull();
  expect(side.models.map(({ path }) => path)).toEqual(["/b.gguf"]);
});

it("targets.facts are the target's own", async () => {
  expect(await ask("targets.facts", { target: "local" })).toEqual({ ...REPORT, target: "local" });
  await expect(ask("targets.facts", { target: "" })).rejects.toThrow("bad_request");
});

describe("models.plan", () => {
  it("asks for a plan with the limits it was given, and hands on why there is none", async () => {
    const request = { path: "/a.gguf", target: "local", memory: 3 * GIB, promptTokens: 64 };
    await expect(ask("models.plan", request)).rejects.toThrow("no_profile: Not measured.");
    expect(side.planned).toEqual([{ model: "/a.gguf", target: "local", memory: 3 * GIB, promptTokens: 64 }]);
  });

  it.each([{ memory: 1 }, { memory: 1.5e9 + 0.5 }, { context: 0 }, { threads: 1000 }, { shell: "rm" }, { path: "" }])(
    "refuses %o",
    async (change) => {
      await expect(ask("models.plan", { path: "/a.gguf", target: "local", ...change })).rejects.toThrow("bad_request");
      expect(side.planned).toEqual([]);
    },
  );
});
