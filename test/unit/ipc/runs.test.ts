import { afterEach, describe, expect, it, vi } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide } from "./fake-side.js";

let control: Control | undefined;
afterEach(() => control?.close());

function setUp(side = new FakeSide()) {
  control = createControl(side);
  const client = new FakeClient();
  control.connect(client);
  return { side, client, call: (channel: string, request: unknown) => control!.call(client, channel, request) };
}

describe("the history's channels take nothing that they do not know", () => {
  it.each([
    ["runs.query", null],
    ["runs.query", { where: "1=1" }],
    ["runs.query", { limit: 0 }],
    ["runs.query", { limit: 501 }],
    ["runs.query", { offset: -1 }],
    ["runs.query", { sort: { by: "runId; DROP TABLE runs", descending: true } }],
    ["runs.query", { sort: { by: "decodeTps" } }],
    ["runs.query", { status: "odd" }],
    ["runs.query", { text: "x".repeat(257) }],
    ["runs.delete", { runIds: [] }],
    ["runs.delete", { runIds: ["../../etc"] }],
    ["runs.delete", { runIds: Array(1001).fill("a") }],
    ["runs.delete", { runIds: "all" }],
    ["runs.export", { runId: "R1", format: "exe" }],
    ["runs.export", { runId: "R1", format: "csv", path: "/etc/passwd" }],
    ["runs.export", { runId: "a/b", format: "csv" }],
  ])("%s %j", async (channel, request) => {
    const { side, call } = setUp();
    const spies = [vi.spyOn(side, "queryRuns"), vi.spyOn(side, "deleteRuns"), vi.spyOn(side, "exportRun")];
    expect(await call(channel, request)).toMatchObject({ ok: false, failure: { code: "bad_request" } });
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});

describe("the history's channels", () => {
  it("query with what was asked", async () => {
    const { side, call } = setUp();
    const query = vi.spyOn(side, "queryRuns");
    const request = { text: "a", engine: "phonon", sort: { by: "decodeTps", descending: true }, offset: 50, limit: 50 };
    expect(await call("runs.query", request)).toMatchObject({ ok: true, response: { rows: [], total: 0 } });
    expect(query).toHaveBeenCalledExactlyOnceWith(request);
  });

  it("delete, and tell every UI", async () => {
    const { side, client, call } = setUp();
    const remove = vi.spyOn(side, "deleteRuns");
    expect(await call("runs.delete", { runIds: ["R1", "R2"] })).toEqual({ ok: true, response: null });
    expect(remove).toHaveBeenCalledExactlyOnceWith(["R1", "R2"]);
    expect(client.of("runs.changed")).toHaveLength(1);
    side.deleteRuns = () => Promise.reject(new PhononError("run_in_use", "Run R1 is still being written."));
    expect(await call("runs.delete", { runIds: ["R1"] })).toMatchObject({ failure: { code: "run_in_use" } });
    expect(client.of("runs.changed")).toHaveLength(2);
  });

  it("export a run that there is", async () => {
    const { call } = setUp();
    expect(await call("runs.export", { runId: "R1", format: "csv" })).toMatchObject({
      failure: { code: "no_such_run" },
    });
    await call("run.start", { prompt: "Once" });
    const response = { path: "/exports/R1.csv", bytes: 7 };
    expect(await call("runs.export", { runId: "R1", format: "csv" })).toEqual({ ok: true, response });
  });
});
