/** Every format of a run that was measured here, exported in the window and read back: it says what the window shows. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { Page } from "playwright";
import { agentEvent } from "../../electron/agent/messages.js";
import { EXPORT_FORMATS, type ExportFormat } from "../../electron/export/formats.js";
import { parseCsv, rowsOf, rowsOfMarkdown, rowsOfSql, textOfCsv } from "../unit/export/read-back.js";
import { exportAs, goTo, field, headline, pastRuns, ready, replay, runButton, textOf, waitForStatus } from "./page.js";
import { useDesktop } from "./use-desktop.js";

const TOKENS = 48;
const desktop = useDesktop();

interface Token {
  text: string;
  ms: number; // since the one before
}

async function openRun(): Promise<Page> {
  const page = await desktop.open("run");
  await ready(page);
  await field(page, "Tokens").fill(String(TOKENS));
  await runButton(page).click();
  await waitForStatus(page, "Done");
  await goTo(page, "History");
  await replay(page, pastRuns(page).first());
  await waitForStatus(page, "Done");
  return page;
}

const TOKENS_OF: Partial<Record<ExportFormat, (file: string) => Promise<Token[]>>> = {
  async jsonl(file) {
    const [record, ...lines] = (await readFile(file, "utf8")).trimEnd().split("\n");
    expect(JSON.parse(record!)).toMatchObject({ type: "run", target: "local", engine: "phonon" });
    const events = lines.map((line) => agentEvent.parse(JSON.parse(line)));
    expect([events[0]!.kind, events.at(-1)!.kind]).toEqual(["started", "ended"]);
    return events.flatMap((event) => (event.kind === "token" ? [event] : []));
  },
  async csv(file) {
    const [head, ...rows] = parseCsv(await readFile(file, "utf8"));
    const at = (name: string) => head!.indexOf(name);
    return rows.map((row) => ({ text: textOfCsv(row[at("text")]!), ms: Number(row[at("ms")]) }));
  },
  async parquet(file) {
    return (await rowsOf('SELECT text, ms FROM read_parquet($file) ORDER BY "index"', file)) as unknown as Token[];
  },
};

/** Tokens a second of the prefill and of the decode test. */
const SPEEDS_OF: Partial<Record<ExportFormat, (text: string) => number[] | Promise<number[]>>> = {
  "llama-bench-json": (text) => (JSON.parse(text) as { avg_ts: number }[]).map(({ avg_ts }) => avg_ts),
  "llama-bench-jsonl": (text) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { avg_ts: number }).avg_ts),
  "llama-bench-md": (text) =>
    rowsOfMarkdown(text)
      .slice(2)
      .map((row) => Number(row[6]!.split(" ")[0])),
  "llama-bench-sql": async (text) => (await rowsOfSql(text)).map((row) => Number(row["avg_ts"])),
};

it("exports: each format is had through the window, and says what the window shows", async () => {
  const page = await openRun();
  const [text, speed] = [await textOf(page), await headline(page)];
  const near = (value: number) => expect(value / speed).toBeCloseTo(1, 2); // the window shows three digits
  for (const format of EXPORT_FORMATS) {
    const file = await exportAs(page, format);
    const tokens = await TOKENS_OF[format]?.(file);
    const speeds = await SPEEDS_OF[format]?.(await readFile(file, "utf8"));
    expect([tokens?.length, speeds?.length], format).toEqual(tokens ? [TOKENS, undefined] : [undefined, 2]);
    if (tokens) {
      expect(text.startsWith(tokens.map((token) => token.text).join("")), format).toBe(true);
      near((1000 * (TOKENS - 1)) / tokens.slice(1).reduce((sum, { ms }) => sum + ms, 0));
    } else near(speeds![1]!);
  }
});
