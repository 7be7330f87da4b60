import { expect, it } from "vitest";
import type { AgentEvent } from "../../../../electron/ipc/contract.js";
import { limitsOf } from "../../../../renderer/state/limits.js";
import { addEvents, finish, newRunView, type RunView } from "../../../../renderer/state/run-view.js";
import { started, summaryOf } from "../events.js";

type Started = Extract<AgentEvent, { kind: "started" }>;
type Memory = NonNullable<Started["report"]["memory"]>;

const MEMORY: Memory = {
  ...{ budget_bytes: 400 * 2 ** 20, peak_bytes: null, enforced: "cgroup", cold_cache: "drop_caches" },
  note: "in a group of its own",
};

function begun(memory: Memory | undefined): RunView {
  const event = started(1) as Started;
  return addEvents(newRunView("R1", true, null), [
    { ...event, report: { ...event.report, ...(memory && { memory }) } },
  ]);
}

it.each<[Partial<Memory>, string]>([
  [{}, "Budget 400 MiB, enforced by a cgroup; page cache emptied by drop_caches"],
  [{ enforced: "balloon", cold_cache: null }, "Budget 400 MiB, enforced by a balloon process"],
  [{ enforced: "none", cold_cache: "failed" }, "Budget 400 MiB, not enforced; page cache could not be emptied"],
  [{ budget_bytes: null, enforced: "none", cold_cache: "posix_fadvise" }, "page cache emptied by posix_fadvise"],
])("limits: %j", (change, words) => {
  expect(limitsOf(begun({ ...MEMORY, ...change }))).toEqual({ words, note: MEMORY.note });
});

it("limits: a run without any, or of an earlier version, has none", () => {
  expect(limitsOf(begun(undefined))).toBeNull();
  expect(limitsOf(begun({ ...MEMORY, budget_bytes: null, cold_cache: null, enforced: "none" }))).toBeNull();
  expect(limitsOf(newRunView("R1", true, null))).toBeNull();
  expect(limitsOf(finish(begun(undefined), { runId: "R1", summary: summaryOf("R1"), failure: null }))).toBeNull();
});

it("limits: in the end they are the summary's, also of a run that was killed before it could tell", () => {
  const memory = { ...MEMORY, peak_bytes: 1, enforced: null, cold_cache: null, note: "" };
  const ended = finish(begun(MEMORY), { runId: "R1", summary: summaryOf("R1", { memory }), failure: null });
  expect(limitsOf(ended)).toEqual({ words: "Budget 400 MiB", note: "" });
});
