import { expect, it } from "vitest";
import type { TargetInfo } from "../../../../electron/ipc/contract.js";
import type { RunView } from "../../../../renderer/state/run-view.js";
import { addEvents, finish, newRunView } from "../../../../renderer/state/run-view.js";
import { describe as statusOf } from "../../../../renderer/views/run/RunStatus.js";
import { LOCAL } from "../../ipc/fake-side.js";
import { ended, prefill, started, summaryOf, token } from "../events.js";

const FACTS = { engine: "phonon", target: "adb:R5", model: "/m/a.gguf", prompt: "Once", tokens: 8 };
const PHONE: TargetInfo = { ...LOCAL, id: "adb:R5", kind: "adb" };
const begun = newRunView("R1", true, FACTS);
const going = addEvents(begun, [started(1), prefill(2, 4, 4, 10), token(3, 0, "a", 5, 5), token(4, 1, "b", 6, 1)]);
const progress = { phase: "pushing", done: 1 << 20, total: 1 << 22, bytesPerSecond: 1 << 19, etaSeconds: 6 };
const finished = (view: RunView, change: Parameters<typeof summaryOf>[1]) =>
  finish(view, { runId: "R1", summary: summaryOf("R1", change), failure: null });

it.each<[string, RunView | null, object]>([
  ["nothing was run", null, { label: "Ready" }],
  ["the agent starts", begun, { label: "Starting the agent …", total: 0 }],
  ["a model is opened", newRunView("R1", false, null), { label: "Opening …" }],
  [
    "a model is pushed",
    { ...begun, phase: "preparing", progress },
    { label: "Pushing", detail: "1.00 MiB of 4.00 MiB · 512 KiB/s · 6 s left", done: 1 << 20, total: 1 << 22 },
  ],
  [
    "a model is packed",
    {
      ...begun,
      phase: "preparing",
      progress: { ...progress, phase: "packing", done: 3, total: 44, bytesPerSecond: null },
    },
    { label: "Packing", detail: "3 of 44 steps · 6 s left" },
  ],
  ["the prompt is read", addEvents(begun, [started(1)]), { label: "Prefill", detail: "0 of 4 tokens", total: 4 }],
  ["tokens come", going, { label: "Decoding", detail: "under 1 s left", done: 2, total: 8 }],
  ["all came", finished(going, { reason: "length" }), { label: "Done", detail: "All tokens asked for" }],
  ["the model ended", addEvents(going, [ended(5, 2, { reason: "end" })]), { label: "Done" }],
  [
    "it was cancelled in the middle",
    finished(going, { status: "cancelled", reason: "cancelled" }),
    { label: "Cancelled", detail: "What came until then is kept." },
  ],
  ["it was cancelled before", finished(begun, { status: "cancelled", reason: "cancelled" }), { detail: "" }],
  [
    "the cable was pulled",
    finished(going, { status: "failed", reason: "agent_lost", message: "It could not be reached." }),
    { label: "Agent lost", detail: "What came until then is kept." },
  ],
  [
    "the system killed the agent",
    finish(going, { runId: "R1", summary: null, failure: { code: "agent_gone", message: "" } }),
    { label: "Agent lost" },
  ],
  ["it could not begin", finished(begun, { status: "failed", reason: "no_space" }), { label: "Failed", detail: "" }],
  ["another program runs it", finished(going, { status: "running", reason: null }), { label: "Running elsewhere" }],
])("run status: %s", (_what, view, expected) => expect(statusOf(view, [PHONE])).toMatchObject(expected));

it("run status: the phone is unplugged, while a run goes on there", () => {
  const away = "The phone is not connected; the run goes on there and catches up when it is plugged in again.";
  for (const targets of [[], [{ ...PHONE, state: "offline" as const }], [{ ...PHONE, id: "adb:R6" }]]) {
    expect(statusOf(going, targets)).toMatchObject({ label: "Decoding", detail: away, done: 2, total: 8 });
    expect(statusOf(addEvents(begun, [started(1)]), targets)).toMatchObject({ label: "Prefill", detail: away });
    expect(statusOf(finished(going, { reason: "length" }), targets).detail).toBe("All tokens asked for");
    expect(statusOf({ ...going, live: false }, targets).detail).toBe("under 1 s left");
    expect(statusOf({ ...begun, phase: "preparing", progress }, targets).label).toBe("Pushing");
  }
  expect(statusOf(going, null).detail).toBe("under 1 s left"); // targets are not known yet
});
