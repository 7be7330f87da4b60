import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Bundle, findRun, findRunId, readRun } from "../../../electron/store/index.js";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun, newRun, orphan } from "./make-run.js";

const home = useTemporaryHome();
const folder = (runId: string, file = "") => join(home(), "runs", runId, file);

async function collect(events: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  const all: AgentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
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

describe("finding a run", () => {
  it("says that there is none", async () => {
    await expect(findRun("latest")).rejects.toMatchObject({ code: "no_such_run" });
  });

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
    await rm(folder(one.runId, "run.json"));
    expect(await findRunId(one.runId)).toBe(one.runId);
    await expect(findRun(one.runId)).rejects.toMatchObject({ code: "run_damaged" });
  });
});
