import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Bundle, deleteRuns, readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { listedRuns, makeRun, newRun, orphan, setWriter } from "./make-run.js";

vi.setConfig({ testTimeout: 30_000 }); // DuckDB and many files, on a busy machine

const home = useTemporaryHome();
const runs = (...names: string[]) => join(home(), "runs", ...names);

describe("deleting runs", () => {
  it("removes their folders and nothing else", async () => {
    const [first, second, third] = [await makeRun(eventsOf()), await makeRun(eventsOf()), await makeRun(eventsOf())];
    await listedRuns();
    await deleteRuns([first.runId, third.runId]);
    expect((await listedRuns()).map((run) => run.runId)).toEqual([second.runId]);
    expect(await readdir(runs())).toEqual([second.runId]);
    expect(await readRun(first.runId)).toBeUndefined();
  });

  it("passes over those that are not there any more", async () => {
    await deleteRuns(["20200101-000000-000000"]);
    const { runId } = await makeRun(eventsOf());
    await deleteRuns(["20200101-000000-000000", runId, runId]);
    expect(await readdir(runs())).toEqual([]);
  });

  it("removes what is damaged, interrupted, or empty", async () => {
    const interrupted = await Bundle.create(newRun);
    await orphan(interrupted);
    const damaged = await makeRun(eventsOf());
    await writeFile(join(damaged.dir, "run.json"), "{");
    await mkdir(runs("20200101-000000-000000"));
    await utimes(runs("20200101-000000-000000"), 1e9, 1e9);
    await deleteRuns([interrupted.runId, damaged.runId, "20200101-000000-000000"]);
    expect(await readdir(runs())).toEqual([]);
  });

  it("refuses all of them where one is being written by this program", async () => {
    const done = await makeRun(eventsOf());
    const bundle = await Bundle.create(newRun);
    await expect(deleteRuns([done.runId, bundle.runId])).rejects.toMatchObject({ code: "run_in_use" });
    expect(await listedRuns()).toHaveLength(2);
    await bundle.finish({ status: "cancelled", reason: "cancelled", message: "" });
    await deleteRuns([bundle.runId]);
    expect(await listedRuns()).toHaveLength(1);
  });

  it("refuses one that another program writes, until that program is gone", async () => {
    const bundle = await makeRun(eventsOf());
    await rm(join(bundle.dir, "summary.json"));
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await new Promise((resolve) => other.once("spawn", resolve));
    await setWriter(bundle, { pid: other.pid!, started: null });
    await expect(deleteRuns([bundle.runId])).rejects.toThrow("still being written");
    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("exit", resolve));
    await deleteRuns([bundle.runId]);
    expect(await readdir(runs())).toEqual([]);
  });

  it("refuses one whose folder was made just now", async () => {
    await mkdir(runs("20200101-000000-000000"), { recursive: true });
    await expect(deleteRuns(["20200101-000000-000000"])).rejects.toMatchObject({ code: "run_in_use" });
  });

  it.each(["", "..", ".", "../runs", "a/b", "20200101-000000-000000/..", "20200101-000000-000000\0", "/etc"])(
    "refuses %j, which is no run's name",
    async (name) => {
      await makeRun(eventsOf());
      await expect(deleteRuns([name])).rejects.toMatchObject({ code: "bad_request" });
      expect(await readdir(home())).toContain("runs");
    },
  );

  it("follows no link, neither in a run's place nor inside of one", async () => {
    const precious = join(home(), "precious");
    await mkdir(precious);
    await writeFile(join(precious, "file"), "precious");
    const bundle = await makeRun(eventsOf());
    await symlink(precious, join(bundle.dir, "link"));
    await symlink(precious, runs("20200101-000000-000000"));
    await writeFile(runs("20200101-000000-000001"), "a file");
    for (const name of ["20200101-000000-000000", "20200101-000000-000001"]) {
      await expect(deleteRuns([name])).rejects.toMatchObject({ code: "no_such_run" });
    }
    await deleteRuns([bundle.runId]);
    expect(await readFile(join(precious, "file"), "utf8")).toBe("precious");
  });

  it("removes what a program left that was killed while it deleted", async () => {
    const { runId } = await makeRun(eventsOf());
    const left = runs(".deleted-20200101-000000-000000-abcd");
    await mkdir(left);
    await writeFile(join(left, "events.jsonl"), "");
    expect(await listedRuns()).toHaveLength(1);
    await deleteRuns([runId]);
    expect(await readdir(runs())).toEqual([]);
  });
});
