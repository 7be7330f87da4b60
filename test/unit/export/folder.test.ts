import { readFile, stat, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXPORT_FORMATS, exportToFolder } from "../../../electron/export/index.js";
import { readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { makeRun } from "../store/make-run.js";

const home = useTemporaryHome();

describe("the exports folder", () => {
  it.each(EXPORT_FORMATS)("gets a new file of %s each time", async (format) => {
    const { runId } = await makeRun(eventsOf());
    const run = (await readRun(runId))!;
    const first = await exportToFolder(run, format);
    const second = await exportToFolder(run, format);
    expect(first.path.startsWith(join(home(), "exports", `${runId}.`))).toBe(true);
    expect(second.path).toContain(`${runId}-2.`);
    for (const { path, bytes } of [first, second]) expect((await stat(path)).size).toBe(bytes);
  });

  it("keeps what is there", async () => {
    const { runId } = await makeRun(eventsOf());
    await mkdir(join(home(), "exports"));
    const precious = join(home(), "exports", `${runId}.csv`);
    await writeFile(precious, "precious");
    const { path } = await exportToFolder((await readRun(runId))!, "csv");
    expect(path).not.toBe(precious);
    expect(await readFile(precious, "utf8")).toBe("precious");
  });
});
