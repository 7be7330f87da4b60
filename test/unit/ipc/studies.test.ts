import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import type { StudyEntry, StudyState } from "../../../electron/ipc/contract.js";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { summaryOf } from "../renderer/events.js";
import { ablationOf, sweepOf, withId } from "../studies.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide } from "./fake-side.js";

const MIB = 2 ** 20;
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

const run = { prompt: "Once", tokens: 16, memory: 100 * MIB };
const ladder = { kind: "ablation", rounds: 3, run };
const curve = {
  ...{ kind: "sweep", rounds: 2, run: { prompt: "Once", tokens: 16 }, engines: ["phonon", "llama.cpp"] },
  budgets: { from: 32 * MIB, to: 64 * MIB, steps: 3 },
};
const call = (channel: string, message: unknown) => control.call(client, channel, message);

async function start(request: object = ladder): Promise<string> {
  const reply = await call("studies.start", request);
  if (!reply.ok) throw new Error(reply.failure.message);
  return (reply.response as { studyId: string }).studyId;
}

async function list(): Promise<StudyEntry[]> {
  const reply = await call("studies.list", null);
  return reply.ok ? (reply.response as StudyEntry[]) : [];
}

async function open(studyId: string): Promise<StudyState> {
  const reply = await call("studies.open", { studyId });
  if (!reply.ok) throw new Error(reply.failure.code);
  return reply.response as StudyState;
}

const finished = () => vi.waitFor(() => expect(client.of("study.finished")).toHaveLength(1));

describe("studies: requests", () => {
  it.each([
    ["another kind", { ...ladder, kind: "rm" }],
    ["no round", { ...ladder, rounds: 0 }],
    ["no prompt", { ...ladder, run: { memory: 100 * MIB } }],
    ["an unknown field", { ...ladder, force: true }],
    ["a ladder with budgets of a curve", { ...ladder, budgets: curve.budgets }],
    ["a curve without engines", { ...curve, engines: [] }],
    ["an engine twice", { ...curve, engines: ["phonon", "phonon"] }],
    ["a curve that goes down", { ...curve, budgets: { from: 64 * MIB, to: 32 * MIB, steps: 3 } }],
    ["a budget in which nothing runs", { ...curve, budgets: { from: 1, to: 32 * MIB, steps: 3 } }],
    ["a curve of a thousand steps", { ...curve, budgets: { ...curve.budgets, steps: 1000 } }],
    ["a target that is a path", { ...ladder, run: { ...run, target: "../x" } }],
  ])("%s is refused", async (_what, request) => {
    expect(await call("studies.start", request)).toMatchObject({ failure: { code: "bad_request" } });
    expect(side.studies).toHaveLength(0);
  });

  it.each(["../../etc/passwd", "sweep-../x", "run-1", ""])(
    "a name like %j opens, deletes and exports nothing",
    async (id) => {
      for (const channel of ["studies.open", "studies.delete", "studies.export", "studies.cancel"]) {
        expect(await call(channel, { studyId: id })).toMatchObject({ failure: { code: "bad_request" } });
      }
    },
  );

  it("nothing else heavy goes on on its target meanwhile, in either order", async () => {
    await start();
    const busy = { ok: false, failure: { code: "busy", message: expect.stringContaining("A study is") as string } };
    expect(await call("run.start", { prompt: "x" })).toMatchObject(busy);
    expect(await call("studies.start", curve)).toMatchObject(busy);
    const comparison = { engines: ["phonon", "llama.cpp"], rounds: 1, run: { prompt: "x" } };
    expect(await call("compare.start", comparison)).toMatchObject(busy);
    side.studies[0]!.end(ablationOf());
    await finished();
    expect(await call("run.start", { prompt: "x" })).toMatchObject({ ok: true });
    expect(await call("studies.start", ladder)).toMatchObject({ failure: { message: /A run is going on on local/ } });
  });
});

describe("studies: a UI", () => {
  it("hears of steps, of figures as runs end, and of the end", async () => {
    const id = await start();
    const [study] = side.studies;
    expect(study!.request).toMatchObject({ id, rounds: 3, run: { tokens: 16, memory: 100 * MIB } });
    const step = { what: "measuring", name: "+bundle", engine: "phonon", round: 0 } as const;
    study!.hooks.onStep?.(step);
    study!.hooks.onProgress?.({ phase: "packing", done: 1, total: 4, bytesPerSecond: null, etaSeconds: null });
    await vi.waitFor(() => expect(client.of("study.progress")).toHaveLength(1));
    const progress = { phase: "packing", done: 1, total: 4 };
    expect(client.of("study.progress")[0]).toEqual({ id, step, progress, etaSeconds: null });
    const figures = withId(ablationOf(), id);
    study!.hooks.onRound?.(0, 3, summaryOf("R1"), "+bundle");
    study!.hooks.onFigures?.(figures);
    expect(client.of("study.figures")).toEqual([{ id, study: figures }]);
    expect(await open(id)).toMatchObject({ status: "running", study: figures, step });
    expect((await open(id)).etaSeconds).toBeGreaterThanOrEqual(0);
    study!.end(figures);
    await finished();
    expect(client.of("study.finished")[0]!.end).toEqual({ status: "done", study: figures, failure: null });
    expect(await open(id)).toMatchObject({ status: "done", step: null, study: figures }); // from the store
  });

  it("finds what goes on before what is kept, each once, and what is damaged with the reason", async () => {
    side.kept = [
      { id: "sweep-1", study: withId(sweepOf(), "sweep-1", "2026-11-21T00:00:00.000Z") },
      { id: "ablation-1", study: withId(ablationOf(), "ablation-1", "2026-11-20T00:00:00.000Z") },
      { id: "sweep-0", study: null, problem: "not JSON" },
    ];
    const id = await start();
    side.studies[0]!.hooks.onFigures?.(withId(ablationOf(), id));
    expect(await list()).toMatchObject([
      { id, kind: "ablation", status: "running", model: "story", modelName: "story", bestTps: 50 },
      { id: "sweep-1", kind: "sweep", status: "done", bestTps: 96 },
      { id: "ablation-1", status: "done", rounds: 3 },
      { id: "sweep-0", kind: "sweep", status: "damaged", problem: "not JSON" },
    ]);
    side.studies[0]!.end(withId(ablationOf(), id, "2026-11-22T00:00:00.000Z"));
    await finished();
    expect((await list()).map((entry) => entry.id)).toEqual([id, "sweep-1", "ablation-1", "sweep-0"]);
  });

  it("says who takes turns before any run has ended: six rungs, or every budget with every engine", async () => {
    const names = async (id: string) => (await open(id)).contenders.map(({ name }) => name);
    expect(await names(await start())).toEqual([
      ...["llama.cpp", "baseline", "+bundle", "+cache", "+pipeline", "no predictor"],
    ]);
    const id = await start({ ...curve, run: { ...curve.run, target: "adb:A" } });
    expect(await names(id)).toEqual([
      ...["phonon, 32 MiB", "llama.cpp, 32 MiB", "phonon, 48 MiB", "llama.cpp, 48 MiB"],
      ...["phonon, 64 MiB", "llama.cpp, 64 MiB"],
    ]);
    expect(side.studies[1]!.request).toMatchObject({ budgets: [32, 48, 64].map((mib) => mib * MIB) });
  });

  it("cancels it, keeps its figures in sight, and removes it from there", async () => {
    const id = await start();
    side.studies[0]!.hooks.onFigures?.(withId(ablationOf(), id));
    expect(await call("studies.delete", { studyId: id })).toMatchObject({ failure: { code: "study_in_use" } });
    expect(await call("studies.cancel", { studyId: id })).toEqual({ ok: true, response: null });
    await finished();
    expect(client.of("study.finished")[0]!.end).toMatchObject({ status: "cancelled", failure: null, study: { id } });
    expect(await list()).toMatchObject([{ id, status: "cancelled", bestTps: 50 }]);
    expect(await call("studies.cancel", { studyId: id })).toMatchObject({ failure: { code: "no_such_study" } });
    expect(await call("studies.delete", { studyId: id })).toMatchObject({ ok: true });
    expect(await list()).toEqual([]);
  });

  it("is told why one failed", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const id = await start();
    side.studies[0]!.fail(new PhononError("out_of_memory", "nothing ran"));
    await finished();
    const failure = { code: "out_of_memory", message: "nothing ran" };
    expect(client.of("study.finished")[0]!.end).toEqual({ status: "failed", study: null, failure });
    expect(await open(id)).toMatchObject({ status: "failed", failure });
  });

  it("expects no more turns of a contender that was left out", async () => {
    const id = await start({ ...ladder, rounds: 1 });
    const { hooks } = side.studies[0]!;
    hooks.onStep?.({ what: "measuring", name: "llama.cpp", engine: "llama.cpp", round: 0 });
    hooks.onRound?.(0, 1, summaryOf("R1"), "llama.cpp");
    for (const name of ["baseline", "+bundle", "+cache", "+pipeline", "no predictor"]) {
      hooks.onFailure?.(name, { code: "io_error", message: "no" });
    }
    expect((await open(id)).etaSeconds).toBe(0);
  });

  it("exports one that is kept, and deletes it, which other windows hear", async () => {
    side.kept = [{ id: "sweep-1", study: withId(sweepOf(), "sweep-1") }];
    expect(await call("studies.export", { studyId: "sweep-1" })).toMatchObject({
      response: { path: "/exports/sweep-1.csv", bytes: 7 },
    });
    expect(await call("studies.export", { studyId: "sweep-2" })).toMatchObject({ failure: { code: "no_such_study" } });
    await call("studies.delete", { studyId: "sweep-1" });
    expect(client.of("studies.changed")).toHaveLength(1);
    await expect(open("sweep-1")).rejects.toThrow("no_such_study");
  });
});
