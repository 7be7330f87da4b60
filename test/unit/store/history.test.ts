import { spawnSync } from "node:child_process";
import { appendFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Bundle, findRun, listRuns, readRun } from "../../../electron/store/index.js";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun, newRun } from "./make-run.js";

const home = useTemporaryHome();
const folder = (runId: string, file = "") => join(home(), "runs", runId, file);

async function collect(events: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  const all: AgentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** As if the program that wrote the bundle had been killed at this point. */
async function orphan(bundle: Bundle): Promise<void> {
  await bundle.finish(); // closes its file
  await rm(folder(bundle.runId, "summary.json"));
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const record = JSON.parse(await readFile(folder(bundle.runId, "run.json"), "utf8")) as { writer: { pid: number } };
  record.writer.pid = pid;
  await writeFile(folder(bundle.runId, "run.json"), JSON.stringify(record));
}

async function interrupted(events: readonly AgentEvent[]): Promise<Bundle> {
  const bundle = await Bundle.create(newRun);
  for (const event of events) await bundle.append(event);
  await orphan(bundle);
  return bundle;
}

describe("reading a run", () => {
  it("gives back every event as it was appended", async () => {
    const events = eventsOf();
    const { runId } = await makeRun(events);
    expect(await collect((await readRun(runId))!.events())).toEqual(events);
  });

  it("has every event on disk as soon as append is done, and says that the run goes on", async () => {
    const bundle = await Bundle.create(newRun);
    const [first] = eventsOf();
    await bundle.append(first!);
    expect(await readFile(folder(bundle.runId, "events.jsonl"), "utf8")).toBe(`${JSON.stringify(first)}\n`);
    expect((await readRun(bundle.runId))!.summary.status).toBe("running");
    await bundle.finish();
  });

  it("leaves out a last line that a kill has torn, and says so", async () => {
    const events = eventsOf().slice(0, 5);
    const bundle = await interrupted(events);
    await appendFile(folder(bundle.runId, "events.jsonl"), '{"type":"event","run":"R1","se');
    const run = (await readRun(bundle.runId))!;
    expect(await collect(run.events())).toEqual(events);
    expect(run.summary).toMatchObject({ status: "interrupted", output_tokens: 3 });
    expect(run.summary.warnings.join()).toContain("torn");
  });

  it("takes a whole last line without its line end", async () => {
    const bundle = await interrupted(eventsOf().slice(0, 1));
    await appendFile(folder(bundle.runId, "events.jsonl"), JSON.stringify(eventsOf()[1]));
    expect(await collect((await readRun(bundle.runId))!.events())).toHaveLength(2);
  });

  it("makes a summary again that is lost or nonsense", async () => {
    const { runId } = await makeRun(eventsOf());
    const before = (await readRun(runId))!.summary;
    await writeFile(folder(runId, "summary.json"), '{"run_id":');
    expect((await readRun(runId))!.summary).toEqual(before);
    await rm(folder(runId, "summary.json"));
    expect((await readRun(runId))!.summary).toEqual(before);
  });

  it.each([
    ["a line that is no event", "what\n", "line 5"],
    ["a line of another kind", '{"type":"event","run":"R1","seq":5,"t_ms":1,"kind":"dance"}\n', "line 5"],
    ["a gap", `${JSON.stringify(eventsOf()[7])}\n`, "event 8 follows event 4"],
  ])("says where it is damaged: %s", async (_, line, where) => {
    const bundle = await interrupted(eventsOf().slice(0, 4));
    await appendFile(folder(bundle.runId, "events.jsonl"), `${line}${JSON.stringify(eventsOf()[5])}\n`);
    await expect(readRun(bundle.runId)).rejects.toThrow(where);
    await expect(readRun(bundle.runId)).rejects.toMatchObject({ code: "run_damaged" });
  });

  it.each(["..", "../runs", "20261120-091500-abc123/../x", "20261120-091500-zzzzzz"])("knows no run %s", async (id) => {
    await makeRun(eventsOf());
    expect(await readRun(id)).toBeUndefined();
  });
});

describe("the history", () => {
  it("is empty where there is no folder yet", async () => {
    expect(await listRuns()).toEqual([]);
    await expect(findRun("latest")).rejects.toMatchObject({ code: "no_such_run" });
  });

  it("lists the newest first, up to a limit", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await makeRun(eventsOf())).runId);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await listRuns()).map((run) => run.runId)).toEqual(ids);
    expect((await listRuns(2)).map((run) => run.runId)).toEqual(ids.slice(0, 2));
    expect((await listRuns())[0]).toMatchObject({ status: "done", engine: "phonon", decodeTps: 250, problem: null });
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
    const listed = await listRuns();
    expect(listed.map((run) => run.status)).toEqual(["done", "damaged", "damaged", "damaged", "damaged"]);
    expect(listed[0]!.runId).toBe(good.runId);
    expect(listed[1]).toMatchObject({ runId: "20200101-000000-000004", startedAt: "2020-01-01T00:00:00.000Z" });
    expect(listed[1]!.problem).toContain("later Phonon");
    expect(listed[4]!.problem).toContain("run.json");
  });

  it("tells a run that goes on from one whose program has died", async () => {
    const bundle = await Bundle.create(newRun);
    expect((await listRuns())[0]!.status).toBe("running");
    await orphan(bundle);
    expect((await listRuns())[0]!.status).toBe("interrupted");
  });
});

describe("finding a run", () => {
  it("takes a beginning that only one has", async () => {
    const one = await makeRun(eventsOf());
    await new Promise((resolve) => setTimeout(resolve, 5));
    const other = await makeRun(eventsOf());
    expect((await findRun("latest")).record.run_id).toBe(other.runId);
    expect((await findRun(one.runId)).record.run_id).toBe(one.runId);
    await expect(findRun(one.runId.slice(0, 4))).rejects.toMatchObject({ code: "ambiguous_run" });
    for (const bad of ["", "../..", "1999", "*"]) {
      await expect(findRun(bad)).rejects.toMatchObject({ code: "no_such_run" });
    }
  });
});
