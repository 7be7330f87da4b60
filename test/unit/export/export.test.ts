import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentEvent } from "../../../electron/agent/messages.js";
import { exportRun } from "../../../electron/export/index.js";
import { readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { Bundle } from "../../../electron/store/bundle.js";
import { newRun } from "../store/make-run.js";
import { exported } from "./exported.js";
import { parseCsv, textOfCsv } from "./read-back.js";

const home = useTemporaryHome();

describe("JSONL", () => {
  it("holds the record and every event, one a line", async () => {
    const [record, ...events] = (await exported("jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(record).toMatchObject({ type: "run", version: 1, engine: "phonon", config: newRun.config });
    expect(events.map((event) => agentEvent.parse(event))).toEqual(eventsOf());
  });
});

describe("CSV", () => {
  it("holds a row per token, whatever its text", async () => {
    const texts = ['"quoted"', "a,b", "line\nend", "🦊", "=1+1"];
    const events = eventsOf({ tokenMs: [2, 4, 6, 8] }).map((event) =>
      event.kind === "token" ? { ...event, text: texts[event.index]! } : event,
    );
    const [head, ...rows] = parseCsv(await exported("csv", events));
    expect(head).toEqual([
      "run_id",
      "index",
      "id",
      "text",
      "t_ms",
      "ms",
      "attention_ms",
      "ffn_ms",
      "sampling_ms",
      "other_ms",
      "active_neurons",
      ...["candidates", "hits", "hot_hits", "misses", "reads", "read_bytes", "queue_depth"],
      ...["predict_ms", "cache_ms", "compute_ms", "stall_ms"],
    ]);
    expect(rows.map((row) => textOfCsv(row[3]!))).toEqual(texts);
    expect(rows.map((row) => Number(row[5]))).toEqual([1, 2, 4, 6, 8]);
    expect(rows[0]!.slice(6, 11)).toEqual(["0.5", "1", "0.25", "0.25", "30"]);
    expect(rows[0]!.slice(11)).toEqual(["", "", "", "", "", "", "", "", "", "", ""]); // nothing was streamed
  });

  it("holds nothing that a spreadsheet would compute, and gives every text back", async () => {
    const texts = [
      "=1+1",
      "+cmd|' /C calc'!A0",
      "-",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "\uff1d1",
      "'",
      "'=1",
      "''",
      "it's",
      " =1",
      "",
    ];
    const events = eventsOf({ tokenMs: texts.slice(1).map(() => 1) }).map((event) =>
      event.kind === "token" ? { ...event, text: texts[event.index]! } : event,
    );
    const cells = parseCsv(await exported("csv", events))
      .slice(1)
      .map((row) => row[3]!);
    expect(cells.filter((cell) => /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(cell))).toEqual([]);
    expect(cells.map(textOfCsv)).toEqual(texts);
    expect(cells.slice(-3)).toEqual(["it's", " =1", ""]); // nothing else is changed
  });
});

describe("an export", () => {
  it("replaces no file unless it is told to, and leaves nothing half-done", async () => {
    const { runId } = await (async () => {
      const bundle = await Bundle.create(newRun);
      for (const event of eventsOf()) await bundle.append(event);
      await bundle.finish();
      return bundle;
    })();
    const run = (await readRun(runId))!;
    const file = join(home(), "precious");
    await writeFile(file, "precious");
    await expect(exportRun(run, "csv", file)).rejects.toMatchObject({ code: "file_exists" });
    expect(await readFile(file, "utf8")).toBe("precious");
    await exportRun(run, "csv", file, { force: true });
    expect(await readFile(file, "utf8")).toContain("run_id");
    const torn = { ...run, events: () => failing() };
    await expect(exportRun(torn, "jsonl", join(home(), "torn"))).rejects.toThrow("read error");
    expect((await readdir(home())).toSorted()).toEqual(["precious", "runs"]);
  });
});

async function* failing(): AsyncGenerator<never> {
  yield* [];
  throw new Error("read error");
}
