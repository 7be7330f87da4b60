import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { queryRuns, readRun } from "../../../electron/store/index.js";
import { listBundle } from "../../../electron/store/listing.js";
import { newRunId } from "../../../electron/store/run-id.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun } from "./make-run.js";

vi.mock("../../../electron/store/listing.js", { spy: true });

const RUNS = 10_000;
const QUERY_CPU_MS = 50; // some 5 on an idle machine
const home = useTemporaryHome();

/** Copies of one run at other times and of other speeds. */
async function makeManyRuns(): Promise<void> {
  const { record, summary } = (await readRun((await makeRun(eventsOf())).runId))!;
  for (let i = 1; i < RUNS; i++) {
    const began = new Date(Date.UTC(2020, 0, 1) + i * 60_000);
    const run = { run_id: newRunId(began), started_at: began.toISOString() };
    const dir = join(home(), "runs", run.run_id);
    mkdirSync(dir);
    writeFileSync(join(dir, "run.json"), JSON.stringify({ ...record, ...run, target: `adb:${i % 7}` }));
    const speed = { decode_tps: (i * 7919) % RUNS };
    writeFileSync(join(dir, "summary.json"), JSON.stringify({ ...summary, ...run, ...speed, target: `adb:${i % 7}` }));
  }
}

/** Processor time of the middle one of several, which a busy machine changes least. */
async function cpuMs(work: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 11; i++) {
    const before = process.cpuUsage();
    await work(i);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return times.toSorted((a, b) => a - b)[5]!;
}

describe("ten thousand runs", () => {
  it("are listed, sorted and searched at once, and none is read again when another one comes", async () => {
    await makeManyRuns();
    const { total, rows, facets } = await queryRuns({ limit: 50 });
    expect({ total, rows: rows.length, targets: facets.target.length }).toEqual({ total: RUNS, rows: 50, targets: 8 });

    const byDecode = { sort: { by: "decodeTps", descending: true }, limit: 1 } as const;
    expect((await queryRuns(byDecode)).rows[0]!.decodeTps).toBe(RUNS - 1);
    expect((await queryRuns({ target: "adb:3", text: "STORY" })).total).toBe(Math.floor((RUNS - 1 - 3) / 7) + 1);

    const reads = vi.mocked(listBundle).mockClear();
    const { runId } = await makeRun(eventsOf());
    expect((await queryRuns()).rows[0]!.runId).toBe(runId);
    expect(reads).toHaveBeenCalledTimes(1);

    expect(await cpuMs((i) => queryRuns({ offset: 50 * i }))).toBeLessThan(QUERY_CPU_MS);
    expect(await cpuMs((i) => queryRuns({ ...byDecode, offset: i }))).toBeLessThan(QUERY_CPU_MS);
    expect(await cpuMs((i) => queryRuns({ text: `adb:${i % 7} done` }))).toBeLessThan(QUERY_CPU_MS);
    rmSync(join(home(), "runs"), { recursive: true }); // here, where there is time for it
  }, 300_000);
});
