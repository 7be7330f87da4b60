import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import type { ComparisonState, RunSummary } from "../../../electron/ipc/contract.js";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { useTemporaryHome } from "../home.js";
import { summaryOf } from "../renderer/events.js";
import { streamedSummary } from "../store/make-run.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide } from "./fake-side.js";

useTemporaryHome();
let side: FakeSide;
let control: Control;
let client: FakeClient;

beforeEach(() => {
  side = new FakeSide();
  control = createControl(side);
  client = new FakeClient();
  control.connect(client);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await control.close();
});

const request = { engines: ["phonon", "llama.cpp"], rounds: 3, run: { prompt: "Once", tokens: 16 } };
const call = (channel: string, message: unknown) => control.call(client, channel, message);

async function start(change: object = {}): Promise<string> {
  const reply = await call("compare.start", { ...request, ...change });
  if (!reply.ok) throw new Error(reply.failure.message);
  return (reply.response as { comparisonId: string }).comparisonId;
}

async function list(): Promise<ComparisonState[]> {
  const reply = await call("compare.list", null);
  return reply.ok ? (reply.response as ComparisonState[]) : [];
}

const finished = () => vi.waitFor(() => expect(client.of("compare.finished")).toHaveLength(1));

describe("compare: requests", () => {
  it.each([
    ["one engine", { engines: ["phonon"] }],
    ["an engine twice", { engines: ["phonon", "phonon"] }],
    ["an unknown engine", { engines: ["phonon", "rm -rf"] }],
    ["no round", { rounds: 0 }],
    ["endless rounds", { rounds: 1e9 }],
    ["no prompt", { run: { tokens: 4 } }],
    ["a target that is a path", { run: { prompt: "x", target: "../x" } }],
    ["an unknown field", { force: true }],
  ])("%s is refused", async (_what, change) => {
    expect(await call("compare.start", { ...request, ...change })).toMatchObject({ failure: { code: "bad_request" } });
    expect(side.comparisons).toHaveLength(0);
  });

  it("nothing else heavy goes on on its target meanwhile, in either order", async () => {
    await start();
    const busy = { ok: false, failure: { code: "busy", message: expect.stringContaining("comparison") as string } };
    expect(await call("run.start", { prompt: "x" })).toMatchObject(busy);
    expect(await call("compare.start", request)).toMatchObject(busy);
    expect(await call("run.start", { prompt: "x", target: "adb:A" })).toMatchObject({ ok: true });
    const other = { ...request, run: { ...request.run, target: "adb:A" } };
    expect(await call("compare.start", other)).toMatchObject({ failure: { message: /A run is going on on adb:A/ } });
    side.comparisons[0]!.end();
    await finished();
    expect(await call("run.start", { prompt: "x" })).toMatchObject({ ok: true });
  });
});

describe("compare: a UI", () => {
  it("hears of steps, of every round and of the end", async () => {
    const id = await start();
    const [comparison] = side.comparisons;
    expect(comparison!.request).toMatchObject({ id, engines: request.engines, rounds: 3, run: { tokens: 16 } });
    comparison!.hooks.onStep?.({ what: "loading", engine: "phonon", round: null });
    comparison!.hooks.onProgress?.({ phase: "pushing", done: 1, total: 4, bytesPerSecond: null, etaSeconds: null });
    await vi.waitFor(() => expect(client.of("compare.progress")).toHaveLength(1));
    expect(client.of("compare.progress")[0]).toEqual({
      id,
      step: { what: "loading", engine: "phonon", round: null },
      progress: { phase: "pushing", done: 1, total: 4 },
      etaSeconds: null,
    });
    comparison!.round(0, "phonon", 120);
    const done = { round: 0, engine: "phonon", runId: "phonon-0", decodeTps: 120 };
    expect(client.of("compare.round")).toMatchObject([{ id, done }]);
    expect(client.of("runs.changed").length).toBeGreaterThan(0);
    comparison!.end();
    await finished();
    const { end } = client.of("compare.finished")[0]!;
    expect(end).toMatchObject({ status: "done", failure: null, result: { keptLoaded: true, warnings: ["few"] } });
    expect(end.result?.results[0]).toEqual({
      engine: "phonon",
      engineBuild: "0.1.0",
      kernels: "avx512vnni",
      threads: 2,
    });
  });

  it("that comes in the middle finds all that was", async () => {
    const id = await start();
    side.comparisons[0]!.round(0, "phonon", 120);
    side.comparisons[0]!.round(0, "llama.cpp", 100);
    const [state] = await list();
    expect(state).toMatchObject({ id, status: "running", rounds: 3, model: "story", prompt: "Once", tokens: 16 });
    expect(state!.done.map(({ engine, decodeTps }) => [engine, decodeTps])).toEqual([
      ["phonon", 120],
      ["llama.cpp", 100],
    ]);
    expect(state!.step).toEqual({ what: "measuring", engine: "llama.cpp", round: 0 });
    expect(state!.etaSeconds).toBeGreaterThanOrEqual(0);
    side.comparisons[0]!.end();
    await finished();
    expect(await list()).toMatchObject([{ id, status: "done", step: null, result: { keptLoaded: true } }]);
  });

  it("hears where the time of each round's tokens went, as far as the round tells", async () => {
    await start();
    const told = (summary: Partial<RunSummary>) => {
      side.comparisons[0]!.hooks.onRound?.(0, 3, summaryOf("R", summary));
      return client.of("compare.round").at(-1)!.done;
    };
    const parts = { attention: 1, ffn: 6, sampling: 0.5, other: 2 };
    expect(told({ decode_parts_ms: parts })).toMatchObject({ parts });
    expect(told({})).toMatchObject({ parts: null });
    const { decode_parts_ms } = await streamedSummary();
    expect(told({ decode_parts_ms }).parts?.streamed).toMatchObject({ compute_ms: 1, stall_ms: 0.5 });
  });

  it("cancels it, and is told when it has ended", async () => {
    const id = await start();
    expect(await call("compare.cancel", { comparisonId: id })).toEqual({ ok: true, response: null });
    await finished();
    expect(client.of("compare.finished")[0]!.end).toEqual({ status: "cancelled", result: null, failure: null });
    const again = await call("compare.cancel", { comparisonId: id });
    expect(again).toMatchObject({ ok: false, failure: { code: "no_such_comparison" } });
  });

  it("is told why one failed, and its rounds stay", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await start();
    side.comparisons[0]!.round(0, "phonon", 120);
    side.comparisons[0]!.fail(new PhononError("out_of_memory", "Round 1, engine llama.cpp: no"));
    await finished();
    const failure = { code: "out_of_memory", message: "Round 1, engine llama.cpp: no" };
    expect(client.of("compare.finished")[0]!.end).toEqual({ status: "failed", result: null, failure });
    expect(await list()).toMatchObject([{ status: "failed", done: [{ runId: "phonon-0" }] }]);
  });
});

it("compare: the newest twenty are kept, and closing ends what goes on", async () => {
  for (let i = 0; i < 22; i++) {
    await start();
    side.comparisons[i]!.end();
    await vi.waitFor(() => expect(client.of("compare.finished")).toHaveLength(i + 1));
  }
  expect(await list()).toHaveLength(20);
  await start();
  await control.close();
  expect((await list())[0]!.status).toBe("cancelled");
});
