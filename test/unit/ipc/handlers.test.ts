import { afterEach, describe, expect, it, vi } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide, LOCAL } from "./fake-side.js";

let control: Control | undefined;

function setUp(side = new FakeSide()) {
  control = createControl(side);
  const client = new FakeClient();
  control.connect(client);
  return { side, client, call: (channel: unknown, request: unknown) => control!.call(client, channel, request) };
}

afterEach(async () => {
  vi.restoreAllMocks();
  await control?.close();
});

describe("handlers: requests are checked before anything is done", () => {
  it.each([
    ["an unknown channel", "runs.burn", null, "unknown_channel"],
    ["a channel of Object's", "constructor", null, "unknown_channel"],
    ["a channel that is no text", { toString: 1 }, null, "unknown_channel"],
    ["a request where none belongs", "targets.list", { all: true }, "bad_request"],
    ["a missing request", "targets.preflight", null, "bad_request"],
    ["a run's name that is a path", "run.attach", { runId: "../../etc", fromSeq: 1 }, "bad_request"],
    ["events from before the first one", "run.attach", { runId: "R1", fromSeq: 0 }, "bad_request"],
    ["an unknown field", "run.cancel", { runId: "R1", force: true }, "bad_request"],
    ["a run without a prompt", "run.start", { tokens: 5 }, "bad_request"],
    ["an endless run", "run.start", { prompt: "x", tokens: 1e9 }, "bad_request"],
    ["a target that is a path", "run.start", { prompt: "x", target: "../x" }, "bad_request"],
    ["a path of 5000 characters", "models.inspect", { path: "x".repeat(5000) }, "bad_request"],
  ])("%s", async (_what, channel, request, code) => {
    const { side, call } = setUp();
    const start = vi.spyOn(side, "startRun");
    expect(await call(channel, request)).toMatchObject({ ok: false, failure: { code } });
    expect(start).not.toHaveBeenCalled();
  });

  it("what is wrong is named by its field", async () => {
    const { call } = setUp();
    const reply = await call("run.start", { prompt: "x", tokens: -1 });
    expect(reply).toMatchObject({ failure: { message: expect.stringMatching(/^tokens: /) as string } });
  });
});

describe("handlers: answers", () => {
  it("targets, and every change of them", async () => {
    const { side, client, call } = setUp();
    expect(await call("targets.list", null)).toEqual({ ok: true, response: { targets: [LOCAL], phonesProblem: null } });
    const listing = { targets: [], phonesProblem: { code: "adb_missing", message: "Install adb." } };
    side.changeTargets(listing);
    expect(client.of("targets.changed")).toEqual([listing]);
  });

  it("a run, from its start to its end", async () => {
    const { side, client, call } = setUp();
    expect(await call("run.start", { prompt: "Once" })).toEqual({ ok: true, response: { runId: "R1" } });
    const attached = await call("run.attach", { runId: "R1", fromSeq: 1 });
    expect(attached).toMatchObject({ ok: true, response: { live: true, facts: { prompt: "Once" } } });
    expect(await call("run.cancel", { runId: "R1" })).toEqual({ ok: true, response: null });
    expect(side.runs.get("R1")?.cancelled).toBe(1);
    await vi.waitFor(() => expect(client.of("run.finished")[0]?.summary?.status).toBe("cancelled"));
  });

  it("an error in the field with its code and message", async () => {
    const { side, call } = setUp();
    side.inspectModel = () => Promise.reject(new PhononError("file_missing", "/x: there is no such file"));
    const failure = { code: "file_missing", message: "/x: there is no such file" };
    expect(await call("models.inspect", { path: "/x" })).toEqual({ ok: false, failure });
  });

  it("a bug as such, with its stack on standard error only", async () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { side, call } = setUp();
    side.queryRuns = () => Promise.reject(new TypeError("x is not a function"));
    const failure = { code: "internal", message: "x is not a function" };
    expect(await call("runs.query", {})).toEqual({ ok: false, failure });
    expect(report).toHaveBeenCalledOnce();
  });
});

it("handlers: closing stops the watcher and ends runs", async () => {
  const { side, call } = setUp();
  await call("run.start", { prompt: "x" });
  await control?.close();
  expect(side.watching).toBe(0);
  expect(side.runs.get("R1")?.cancelled).toBe(1);
});
