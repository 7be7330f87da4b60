/** The history at the command line, with several programs on one data folder. */
import { DuckDBInstance } from "@duckdb/node-api";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXPORT_FORMATS } from "../../electron/export/index.js";
import type { RunSummary } from "../../electron/runs/config.js";
import { useCli } from "./cli.js";

const cli = useCli();

interface Listed {
  run_id: string;
  status: string;
  decode_tps: number | null;
}

const listed = async (...options: string[]): Promise<Listed[]> =>
  (await cli().json<{ runs: Listed[] }>("runs", ...options)).runs;
const work = ["--model", "story", "--prompt", "Once", "--ignore-end", "--context", "4096"];

describe("while another program runs", () => {
  it("its run is seen, and stays", async () => {
    const going = cli().start(["run", ...work, "--tokens", "100000"]);
    await going.wrote(20);
    const [run] = await listed("--status", "running");
    const refused = await cli().run("runs", "--delete", run!.run_id);
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining("still being written") as string });
    going.child.kill("SIGINT");
    await going.finished;
    expect(await listed()).toMatchObject([{ run_id: run!.run_id, status: "cancelled" }]);
    expect(await cli().json("runs", "--delete", run!.run_id)).toEqual({ deleted: [run!.run_id] });
    expect(await listed()).toEqual([]);
  });

  it("many programs list one history while it grows", async () => {
    const runs = Array.from({ length: 3 }, () => cli().json<RunSummary>("run", ...work, "--tokens", "8"));
    const lists = Array.from({ length: 3 }, () => listed());
    await Promise.all(lists);
    const ids = (await Promise.all(runs)).map((run) => run.run_id);
    expect((await listed()).map((run) => run.run_id).toSorted()).toEqual(ids.toSorted());
    expect((await listed("--sort", "decode"))[0]!.decode_tps).toBeGreaterThan(0);
  });
});

describe("a run's exports", () => {
  it("hold what the run measured", async () => {
    const run = await cli().json<RunSummary>("run", ...work, "--tokens", "32");
    const file = (format: string) => join(cli().home, format);
    for (const format of EXPORT_FORMATS)
      await cli().json("export", "latest", "--format", format, "--out", file(format));
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();

    const tokens = `list(id ORDER BY "index")::INTEGER[] AS ids, sum(ms) FILTER ("index" > 0) AS ms`;
    for (const source of [`read_parquet('${file("parquet")}')`, `read_csv('${file("csv")}')`]) {
      const [row] = await query(`SELECT ${tokens} FROM ${source}`);
      expect(row!["ids"]).toEqual(run.tokens);
      expect(31_000 / Number(row!["ms"])).toBeCloseTo(run.decode_tps!, 3);
    }
    const speeds = [run.prefill_tps, run.decode_tps].map((speed) => expect.closeTo(speed!, 3) as number);
    const [array, lines] = [await query(read("llama-bench-json")), await query(read("llama-bench-jsonl"))];
    expect([array, lines].map((rows) => rows.map((row) => row["avg_ts"]))).toEqual([speeds, speeds]);
    await connection.run(await readFile(file("llama-bench-sql"), "utf8"));
    const rows = await query("SELECT avg_ts FROM llama_bench");
    expect(Number(rows[1]!["avg_ts"]) / run.decode_tps!).toBeCloseTo(1, 5);
    expect(await readFile(file("llama-bench-md"), "utf8")).toContain(`${run.decode_tps!.toFixed(2)} ± 0.00`);
    expect((await readFile(file("jsonl"), "utf8")).trimEnd().split("\n").length).toBeGreaterThan(34);

    function read(format: string): string {
      return `SELECT avg_ts FROM read_json('${file(format)}')`;
    }
  });
});
