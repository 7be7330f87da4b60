import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Bundle, findRunId, queryRuns, readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { listedRuns, makeRun, newRun } from "./make-run.js";

vi.setConfig({ testTimeout: 30_000 }); // DuckDB and many files, on a busy machine

const home = useTemporaryHome();
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

async function runAt(time: string): Promise<string> {
  vi.setSystemTime(new Date(time));
  return (await makeRun(eventsOf())).runId;
}

describe("a clock that jumps", () => {
  it("leaves the runs in the order in which they were made, and each with its own name", async () => {
    const times = [
      "2026-11-20T12:00:00.000Z",
      "2026-11-20T12:00:00.000Z", // it stands
      "2026-11-20T13:00:00.500Z", // summer time, wrongly
      "2026-11-20T12:00:01.000Z", // and back
      "1970-01-01T00:00:00.000Z", // its battery is empty
      "2026-11-20T12:00:02.000Z",
      "2031-01-01T00:00:00.000Z",
      "2026-11-20T12:00:03.000Z",
    ];
    const ids: string[] = [];
    for (const time of times) ids.unshift(await runAt(time));
    expect(new Set(ids).size).toBe(times.length);
    const listed = await listedRuns();
    expect(listed.map((run) => run.runId)).toEqual(ids);
    expect(listed.map((run) => run.startedAt)).toEqual(times.toReversed()); // as the clock said
    expect(await findRunId("latest")).toBe(ids[0]);
    const oldestFirst = await queryRuns({ sort: { by: "startedAt", descending: false }, limit: 1 });
    expect(oldestFirst.rows[0]!.runId).toBe(ids.at(-1));
  });

  it("gives runs that begin at the same moment names of their own", async () => {
    vi.setSystemTime(new Date("2026-11-20T12:00:00.000Z"));
    const bundles = await Promise.all(Array.from({ length: 40 }, () => Bundle.create(newRun)));
    expect(new Set(bundles.map(({ dir }) => dir)).size).toBe(40);
  });

  it("changes no duration: these come from the run's own time", async () => {
    const { summary } = (await readRun(await runAt("2026-11-20T12:00:00.000Z")))!;
    const later = (await readRun(await runAt("1999-01-01T00:00:00.000Z")))!.summary;
    const own = { run_id: "", run_dir: "", started_at: "" };
    expect({ ...later, ...own }).toEqual({ ...summary, ...own });
  });

  it("finds a name also where a folder's name is at the end of time, or no time at all", async () => {
    for (const name of ["99991231-235959-rrzzzz", "99999999-999999-zzzzzz"]) {
      await mkdir(join(home(), "runs", name), { recursive: true });
      const runId = await runAt("2026-11-20T12:00:00.000Z");
      expect(runId).toMatch(/^20261120-12/);
    }
  });
});
