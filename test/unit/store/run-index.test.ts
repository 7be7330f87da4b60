import { appendFile, mkdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type * as Store from "../../../electron/store/index.js";
import { Bundle, queryRuns } from "../../../electron/store/index.js";
import { listBundle } from "../../../electron/store/listing.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { listedRuns, makeRun, newRun, orphan, setWriter } from "./make-run.js";

vi.setConfig({ testTimeout: 30_000 }); // DuckDB and many files, on a busy machine

vi.mock("../../../electron/store/listing.js", { spy: true });

const home = useTemporaryHome();
const indexFile = () => join(home(), "runs-index.jsonl");
const reads = vi.mocked(listBundle);
beforeEach(() => {
  reads.mockClear();
});

/** The store as another program has it: it shares the data folder and nothing else. */
async function anotherProgram(): Promise<typeof Store> {
  vi.resetModules();
  return import("../../../electron/store/index.js");
}

describe("the history", () => {
  it("is empty where there is no folder yet", async () => {
    const nothing = { engine: [], target: [], model: [], status: [] };
    expect(await queryRuns()).toEqual({ rows: [], total: 0, facets: nothing });
  });

  it("lists the newest first, up to a limit", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await makeRun(eventsOf())).runId);
    expect((await listedRuns()).map((run) => run.runId)).toEqual(ids);
    const { rows, total } = await queryRuns({ limit: 2 });
    expect({ ids: rows.map((run) => run.runId), total }).toEqual({ ids: ids.slice(0, 2), total: 3 });
  });

  it("tells of a run what its summary tells", async () => {
    const { runId, dir } = await makeRun(eventsOf(), { comparison: { id: "C1", round: 0, configuration: "phonon" } });
    expect((await listedRuns())[0]).toEqual({
      runId,
      runDir: dir,
      startedAt: expect.stringMatching(/^20.*Z$/) as string,
      engine: "phonon",
      target: "local",
      model: "/models/story.gguf",
      modelName: "story",
      comparison: "C1",
      status: "done",
      threads: 2,
      promptTokens: 4,
      outputTokens: 4,
      ttftMs: 11,
      prefillTps: 400,
      decodeTps: 250,
      peakBytes: 60_000_000,
      problem: null,
    });
  });

  it("lists what is damaged, with the reason, and what else lies there not at all", async () => {
    const good = await makeRun(eventsOf());
    const runs = join(home(), "runs");
    const broken = {
      "20200101-000000-000001": undefined,
      "20200101-000000-000002": "{",
      "20200101-000000-000003": '{"version":1}',
      "20200101-000000-000004": '{"version":2,"new":true}',
    };
    for (const [id, record] of Object.entries(broken)) {
      await mkdir(join(runs, id));
      if (record !== undefined) await writeFile(join(runs, id, "run.json"), record);
    }
    await mkdir(join(runs, "notes"));
    await writeFile(join(runs, "20200101-000000-00000f"), "a file");
    await symlink("/", join(runs, "20200101-000000-00000l"));
    const listed = await listedRuns();
    expect(listed.map((run) => run.status)).toEqual(["done", "damaged", "damaged", "damaged", "damaged"]);
    expect(listed[0]!.runId).toBe(good.runId);
    expect(listed[1]).toMatchObject({ runId: "20200101-000000-000004", startedAt: "2020-01-01T00:00:00.000Z" });
    expect(listed[1]!.problem).toContain("later Phonon");
    expect(listed[4]!.problem).toContain("run.json");
  });

  it("tells a run that goes on from one whose program has died", async () => {
    const bundle = await Bundle.create(newRun);
    expect((await listedRuns())[0]).toMatchObject({ status: "running", decodeTps: null });
    await orphan(bundle);
    expect((await listedRuns())[0]).toMatchObject({ status: "interrupted" });
  });

  it("does not believe a summary of a run that had not ended", async () => {
    const bundle = await Bundle.create(newRun);
    await bundle.finish();
    expect((await listedRuns())[0]!.status).toBe("running");
    await setWriter(bundle, { pid: 2 ** 22 + 1 });
    expect((await listedRuns())[0]!.status).toBe("interrupted");
  });

  it("has what came of a run that was killed in the middle of a line", async () => {
    const bundle = await Bundle.create(newRun);
    for (const event of eventsOf().slice(0, 5)) await bundle.append(event);
    await orphan(bundle);
    await appendFile(join(bundle.dir, "events.jsonl"), '{"type":"event","run":"R1","se');
    expect((await listedRuns())[0]).toMatchObject({ status: "interrupted", outputTokens: 3, problem: null });
  });
});

describe("the index", () => {
  it("reads a bundle once, and again only when it has changed", async () => {
    const { dir } = await makeRun(eventsOf());
    await makeRun(eventsOf());
    await listedRuns();
    expect(reads).toHaveBeenCalledTimes(2);
    await makeRun(eventsOf());
    await listedRuns();
    await listedRuns();
    expect(reads).toHaveBeenCalledTimes(3);
    const summary = await readFile(join(dir, "summary.json"), "utf8");
    await writeFile(join(dir, "summary.json"), summary.replace('"done"', '"failed"'));
    expect((await queryRuns({ sort: { by: "startedAt", descending: false } })).rows[0]!.status).toBe("failed");
    expect(reads).toHaveBeenCalledTimes(4);
  });

  it("shows what was damaged by hand, and what was mended", async () => {
    const { dir } = await makeRun(eventsOf());
    expect((await listedRuns())[0]!.status).toBe("done");
    const record = await readFile(join(dir, "run.json"), "utf8");
    await writeFile(join(dir, "run.json"), record.slice(0, 200));
    expect((await listedRuns())[0]).toMatchObject({ status: "damaged", engine: "?" });
    expect((await queryRuns({ status: "damaged" })).total).toBe(1);
    await writeFile(join(dir, "run.json"), record);
    expect((await listedRuns())[0]).toMatchObject({ status: "done", engine: "phonon" });
  });

  it("is kept for the next program, which reads no bundle again", async () => {
    for (let i = 0; i < 3; i++) await makeRun(eventsOf());
    const before = await queryRuns();
    reads.mockClear();
    const { queryRuns: query } = await anotherProgram();
    expect(await query()).toEqual(before);
    expect(reads).not.toHaveBeenCalled();
  });

  it("is not believed where a bundle has changed since", async () => {
    const [changed, deleted] = [await makeRun(eventsOf()), await makeRun(eventsOf())];
    await listedRuns();
    await rm(deleted.dir, { recursive: true });
    await writeFile(join(changed.dir, "run.json"), "{");
    const { queryRuns: query } = await anotherProgram();
    expect(await query()).toMatchObject({ total: 1, rows: [{ runId: changed.runId, status: "damaged" }] });
  });

  it.each([
    ["is gone", () => rm(indexFile())],
    [
      "is nonsense",
      () => writeFile(indexFile(), '\0{"version":1}\nnull\n{"version":1,"signature":"x","listing":{}}\n'),
    ],
    ["is torn", async () => writeFile(indexFile(), (await readFile(indexFile(), "utf8")).slice(0, -20))],
    [
      "is of another version",
      async () =>
        writeFile(indexFile(), (await readFile(indexFile(), "utf8")).replaceAll('"version":1', '"version":2')),
    ],
    [
      "cannot be written",
      async () => {
        await rm(indexFile());
        await mkdir(indexFile());
      },
    ],
  ])("is made again when its file %s", async (_, spoil) => {
    await makeRun(eventsOf());
    const before = await queryRuns();
    await spoil();
    const { queryRuns: query } = await anotherProgram();
    expect(await query()).toEqual(before);
    await makeRun(eventsOf());
    expect((await query()).total).toBe(2);
  });

  it("drops lines that are no longer needed from its file", async () => {
    await makeRun(eventsOf());
    await listedRuns();
    const line = await readFile(indexFile(), "utf8");
    await appendFile(indexFile(), line.repeat(1500));
    const { queryRuns: query } = await anotherProgram();
    expect((await query()).total).toBe(1);
    expect(JSON.parse(await readFile(indexFile(), "utf8"))).toEqual(JSON.parse(line));
  });

  it("does not keep a damaged bundle, which a later program may read", async () => {
    const { dir } = await makeRun(eventsOf());
    await writeFile(join(dir, "run.json"), '{"version":2}');
    expect((await listedRuns())[0]!.status).toBe("damaged");
    await expect(readFile(indexFile(), "utf8")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("answers many queries at once", async () => {
    await makeRun(eventsOf());
    const pages = await Promise.all(Array.from({ length: 20 }, () => queryRuns()));
    expect(pages.map((page) => page.total)).toEqual(Array(20).fill(1));
    expect(reads).toHaveBeenCalledTimes(1);
  });
});

describe("two programs on one data folder", () => {
  it("see each other's runs, begun, ended and deleted, with the next query", async () => {
    await listedRuns();
    const other = await anotherProgram();
    const begun = await other.Bundle.create(newRun);
    expect((await listedRuns())[0]).toMatchObject({ runId: begun.runId, status: "running" });
    for (const event of eventsOf()) await begun.append(event);
    await begun.finish();
    expect((await listedRuns())[0]).toMatchObject({ status: "done", decodeTps: 250 });
    const { runId } = await makeRun(eventsOf());
    expect((await other.queryRuns()).rows.map((run) => run.runId)).toEqual([runId, begun.runId]);
    await other.deleteRuns([begun.runId]);
    expect((await listedRuns()).map((run) => run.runId)).toEqual([runId]);
  });

  it("list at the same time while both write", async () => {
    const other = await anotherProgram();
    const write = async (store: Pick<typeof other, "Bundle">) => {
      for (let i = 0; i < 10; i++) {
        const bundle = await store.Bundle.create(newRun);
        for (const event of eventsOf()) await bundle.append(event);
        await bundle.finish();
      }
    };
    const list = async (query: typeof queryRuns) => {
      for (let i = 0; i < 20; i++) {
        const { rows } = await query();
        expect(rows.filter((run) => run.status === "damaged" && !run.problem?.includes("no run.json"))).toEqual([]);
      }
    };
    await Promise.all([write({ Bundle }), write(other), list(queryRuns), list(other.queryRuns)]);
    const [mine, theirs] = [await queryRuns(), await other.queryRuns()];
    expect(mine.total).toBe(20);
    expect(mine.rows.every((run) => run.status === "done")).toBe(true);
    expect(theirs).toEqual(mine);
  });

  it("of another computer: its runs count as going on until nothing came for a day", async () => {
    const bundle = await Bundle.create(newRun);
    await setWriter(bundle, { host: "elsewhere", pid: 1 });
    expect((await listedRuns())[0]!.status).toBe("running");
    const days = Date.now() / 1000 - 2 * 86_400;
    for (const file of ["run.json", "events.jsonl"]) await utimes(join(bundle.dir, file), days, days);
    expect((await listedRuns())[0]!.status).toBe("interrupted");
  });
});
