import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { PhononError } from "../../../electron/base/errors.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide } from "./fake-side.js";

const target = "local";
let side: FakeSide;
let control: Control;
let client: FakeClient;

beforeEach(() => {
  side = new FakeSide();
  client = new FakeClient();
  control = createControl(side);
  control.connect(client);
});
afterEach(() => control.close());

const call = (channel: string) => control.call(client, channel, { target });
const told = () => client.of("targets.measuring");
const step = { what: "memory: 1 thread", done: 3, total: 80 };

describe("targets.measure", () => {
  it("takes the target, tells of every step and of its end, and can be asked for meanwhile", async () => {
    expect(await call("targets.measured")).toMatchObject({ response: { step: null, measuredAt: null } });
    expect(await call("targets.measure")).toEqual({ ok: true, response: null });
    await vi.waitFor(() => expect(told()).toEqual([{ target, step, measuredAt: null, failure: null }]));
    expect(await call("targets.measured")).toMatchObject({ response: { step } });
    expect(await call("targets.measure")).toMatchObject({ failure: { code: "busy" } });
    side.endMeasuring();
    const measuredAt = "2026-11-29T12:00:00.000Z";
    await vi.waitFor(() => expect(told().at(-1)).toEqual({ target, step: null, measuredAt, failure: null }));
    expect(await call("targets.measured")).toMatchObject({ response: { step: null, measuredAt } });
    expect(await call("targets.measure")).toMatchObject({ ok: true }); // given back
  });

  it("is cancelled, and fails, with what was measured before still there", async () => {
    side.measured = "2026-11-01T12:00:00.000Z";
    const fail = () => side.endMeasuring(new PhononError("no_space", "The disk is full."));
    for (const [end, code] of [
      [() => void call("targets.cancelMeasuring"), "cancelled"],
      [fail, "no_space"],
    ] as const) {
      const before = told().length;
      await call("targets.measure");
      await vi.waitFor(() => expect(told().length).toBe(before + 1));
      end();
      await vi.waitFor(() => expect(told().at(-1)).toMatchObject({ step: null, failure: { code } }));
      expect(told().at(-1)).toMatchObject({ measuredAt: side.measured });
    }
    expect(await call("targets.cancelMeasuring")).toEqual({ ok: true, response: null }); // nothing to cancel
  });

  it("ends with the program", async () => {
    await call("targets.measure");
    await vi.waitFor(() => expect(told().length).toBe(1));
    await control.close();
    expect(told().at(-1)).toMatchObject({ failure: { code: "cancelled" } });
  });
});
