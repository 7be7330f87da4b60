/** A browser whose connection breaks in the middle of a run: it catches up, and gets nothing twice. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeSide, type FakeRun } from "../ipc/fake-side.js";
import { token } from "../renderer/events.js";
import { openShell, type OpenShell, type Tab } from "./tab.js";

vi.setConfig({ testTimeout: 60_000 });
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });

let desk: OpenShell;
let side: FakeSide;

beforeEach(async () => {
  side = new FakeSide();
  desk = await openShell(side);
});

afterEach(() => desk.close());

async function startRun(tab: Tab): Promise<FakeRun> {
  await tab.call("run.start", { prompt: "x" });
  return side.runs.get("R1")!;
}

function emit(run: FakeRun, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) run.emit(token(seq, seq - 1, "a", seq, 1));
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const attach = (tab: Tab, fromSeq: number) => tab.call("run.attach", { runId: "R1", fromSeq });

it("reconnect: again and again in the middle of a run, also while it catches up", async () => {
  let tab = await desk.open();
  const run = await startRun(tab);
  const got: number[] = [];
  let emitted = 0;
  for (let round = 0; round < 8; round++) {
    emit(run, emitted + 1, (emitted += 700)); // beyond the tail in memory in time: the rest comes from the bundle
    await attach(tab, got.length + 1);
    if (round % 2 === 0) await eventually(() => expect(tab.seqs().length).toBeGreaterThan(0));
    tab.socket.terminate(); // no farewell
    await tab.closed;
    got.push(...tab.seqs());
    expect(got).toEqual(range(1, got.length));
    tab = await desk.open();
  }
  await attach(tab, got.length + 1);
  emit(run, emitted + 1, (emitted += 5));
  run.end();
  await eventually(() => expect(tab.messages.at(-1)).toMatchObject({ event: "run.finished" }));
  expect([...got, ...tab.seqs()]).toEqual(range(1, emitted));
});

it("reconnect: after the run's end it still gets what it missed, and the end, once", async () => {
  const before = await desk.open();
  const run = await startRun(before);
  await attach(before, 1);
  emit(run, 1, 10);
  await eventually(() => expect(before.seqs()).toHaveLength(10));
  before.socket.terminate();
  emit(run, 11, 20);
  run.end();
  const after = await desk.open();
  await attach(after, 11);
  await eventually(() => expect(after.messages.at(-1)).toMatchObject({ event: "run.finished" }));
  expect(after.seqs()).toEqual(range(11, 20));
  expect(after.messages.filter(({ event }) => event === "run.finished")).toHaveLength(1);
});

it("reconnect: a run goes on while nobody listens, and another tab may cancel it", async () => {
  const first = await desk.open();
  const run = await startRun(first);
  first.socket.terminate();
  await first.closed;
  expect(run.cancelled).toBe(0);
  const second = await desk.open();
  expect(await second.call("run.cancel", { runId: "R1" })).toEqual({ ok: true, response: null });
  expect(run.cancelled).toBe(1);
});
