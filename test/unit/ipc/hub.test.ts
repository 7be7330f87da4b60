import { describe, expect, it, vi } from "vitest";
import { Hub } from "../../../electron/ipc/hub.js";
import { Occupied } from "../../../electron/ipc/occupied.js";
import { token } from "../renderer/events.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide, type FakeRun } from "./fake-side.js";

const tokens = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => token(from + i, from + i - 1, "x", from + i, 1));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function started(): Promise<{ side: FakeSide; hub: Hub; run: FakeRun }> {
  const side = new FakeSide();
  const hub = new Hub(side, new Occupied());
  const runId = await hub.start({ prompt: "x" });
  return { side, hub, run: side.runs.get(runId)! };
}

async function join(hub: Hub, fromSeq = 1): Promise<FakeClient> {
  const client = new FakeClient();
  hub.connect(client);
  await hub.attach(client, "R1", fromSeq);
  return client;
}

describe("hub: a UI that follows a run", () => {
  it("gets what was and then what comes, each once and in order", async () => {
    const { hub, run } = await started();
    run.emit(...tokens(1, 10));
    const client = await join(hub);
    run.emit(...tokens(11, 20));
    await vi.waitFor(() => expect(client.seqs()).toEqual(upTo(20)));
    run.emit(...tokens(21, 30));
    await vi.waitFor(() => expect(client.seqs()).toEqual(upTo(30)));
  });

  it("gets the end after the last event, once", async () => {
    const { hub, run } = await started();
    const client = await join(hub);
    run.emit(...tokens(1, 3));
    run.end();
    await vi.waitFor(() => expect(client.of("run.finished")).toHaveLength(1));
    expect(client.seqs()).toEqual(upTo(3));
    expect(client.sent.at(-1)?.name).toBe("run.finished");
    const { summary } = client.of("run.finished")[0]!;
    expect(summary).toMatchObject({ status: "done" });
    expect(summary).not.toHaveProperty("tokens"); // the events have told them
    expect(summary).not.toHaveProperty("text");
  });

  it("goes on from where it was after a lost connection", async () => {
    const { hub, run } = await started();
    const first = await join(hub);
    run.emit(...tokens(1, 5));
    await vi.waitFor(() => expect(first.seqs()).toEqual(upTo(5)));
    hub.disconnect(first);
    run.emit(...tokens(6, 9));
    const second = await join(hub, 6);
    await vi.waitFor(() => expect(second.seqs()).toEqual([6, 7, 8, 9]));
    expect(first.seqs()).toEqual(upTo(5));
  });

  it("gets what is no longer in memory from the bundle", async () => {
    const { side, hub, run } = await started();
    run.emit(...tokens(1, 5000));
    const client = await join(hub);
    await vi.waitFor(() => expect(client.seqs()).toEqual(upTo(5000)));
    expect(side.reads).toBeGreaterThan(0);
  });

  it("that is slow is waited for, and catches up from the bundle", async () => {
    const { hub, run } = await started();
    const client = await join(hub);
    client.block();
    run.emit(...tokens(1, 6000));
    await vi.waitFor(() => expect(client.sent.length).toBeGreaterThan(0));
    const before = client.sent.length;
    run.emit(...tokens(6001, 9000));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.sent.length).toBe(before);
    client.resume?.();
    await vi.waitFor(() => expect(client.seqs()).toEqual(upTo(9000)));
  });

  it("that attaches twice gets nothing twice from the second on", async () => {
    const { hub, run } = await started();
    const client = await join(hub);
    run.emit(...tokens(1, 4));
    await vi.waitFor(() => expect(client.seqs()).toEqual(upTo(4)));
    client.sent.length = 0;
    await hub.attach(client, "R1", 3);
    run.emit(...tokens(5, 6));
    await vi.waitFor(() => expect(client.seqs()).toEqual([3, 4, 5, 6]));
  });

  it("that detaches gets no more", async () => {
    const { hub, run } = await started();
    const client = await join(hub);
    hub.detach(client, "R1");
    run.emit(...tokens(1, 4));
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(client.seqs()).toEqual([]);
  });

  it("sees the latest progress, also when it comes late", async () => {
    const { hub, run } = await started();
    run.hooks.onProgress({ phase: "pushing", done: 1, total: 2, bytesPerSecond: null, etaSeconds: null });
    const client = await join(hub);
    await vi.waitFor(() =>
      expect(client.of("run.progress")).toMatchObject([{ runId: "R1", phase: "pushing", done: 1 }]),
    );
  });

  it("hears what was foreseen, once and before the events, also when it comes late", async () => {
    const { hub, run } = await started();
    const early = await join(hub);
    const foreseen = { ...{ decode_tps: 9, prefill_tps: 9, ttft_ms: 9, hit_rate: 1 }, peak_bytes: 9, assumed: true };
    run.hooks.onForeseen(foreseen);
    run.emit(...tokens(1, 3));
    const late = await join(hub);
    for (const client of [early, late]) {
      await vi.waitFor(() => expect(client.seqs()).toEqual(upTo(3)));
      expect(client.of("run.foreseen")).toEqual([{ runId: "R1", foreseen }]);
      expect(client.sent[0]?.name).toBe("run.foreseen");
    }
  });

  it("of a run that was kept gets all of it and its summary", async () => {
    const { hub, run } = await started();
    run.emit(...tokens(1, 700));
    run.end();
    await run.done;
    await new Promise((resolve) => setImmediate(resolve));
    const client = await join(hub);
    await vi.waitFor(() => expect(client.of("run.finished")).toHaveLength(1));
    expect(client.seqs()).toEqual(upTo(700));
  });

  it("is told when the bundle cannot be read", async () => {
    const { side, hub, run } = await started();
    run.end();
    await run.done;
    await new Promise((resolve) => setImmediate(resolve));
    const kept = await side.readRun("R1");
    side.readRun = () =>
      Promise.resolve({
        ...kept!,
        events: async function* () {
          throw new Error("line 3: not an event");
        },
      });
    const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const client = await join(hub);
    await vi.waitFor(() => expect(client.of("run.finished")[0]?.failure?.message).toContain("line 3"));
    report.mockRestore();
  });
});

describe("hub: runs", () => {
  it("one at a time on a target", async () => {
    const { hub, run } = await started();
    await expect(hub.start({ prompt: "x" })).rejects.toMatchObject({ code: "busy" });
    await expect(hub.start({ prompt: "x", target: "adb:A" })).resolves.toBe("R2");
    run.end();
    await vi.waitFor(() => expect(hub.start({ prompt: "x" })).resolves.toBe("R3"));
  });

  it("a start that fails leaves the target free", async () => {
    const side = new FakeSide();
    const hub = new Hub(side, new Occupied());
    const start = side.startRun.bind(side);
    side.startRun = () => Promise.reject(new Error("no such model"));
    await expect(hub.start({ prompt: "x" })).rejects.toThrow("no such model");
    side.startRun = start;
    await expect(hub.start({ prompt: "x" })).resolves.toBe("R1");
  });

  it("every UI hears that a run began and ended", async () => {
    const { hub, run } = await started();
    const client = new FakeClient();
    hub.connect(client);
    run.end();
    await vi.waitFor(() => expect(client.of("runs.changed")).toHaveLength(1));
  });

  it("are cancelled and waited for when the hub closes", async () => {
    const { hub, run } = await started();
    await hub.close();
    expect(run.cancelled).toBe(1);
  });

  it("that are not going on cannot be cancelled", async () => {
    const { hub } = await started();
    await expect(hub.cancel("R9")).rejects.toMatchObject({ code: "no_such_run" });
  });

  it("that do not exist cannot be attached to", async () => {
    const { hub } = await started();
    const client = new FakeClient();
    hub.connect(client);
    await expect(hub.attach(client, "R9", 1)).rejects.toMatchObject({ code: "no_such_run" });
  });
});
