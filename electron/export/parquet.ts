/**
 * One row per generated token, written by DuckDB: the columns of the CSV behind the run's name, engine, target and model,
 * so that files of many runs can be read as one table. The whole record is in the file's metadata, under the key "run".
 */
import { openDatabase, type Database } from "../base/duckdb.js";
import { messageOf, PhononError } from "../base/errors.js";
import type { KeptRun } from "../store/index.js";
import { TOKEN_COLUMNS } from "./token-columns.js";

const RUN_COLUMNS = ["run_id", "engine", "target", "model"];

/** `path` is written over. */
export async function writeParquet(run: KeptRun, path: string): Promise<void> {
  const database = await openDatabase({ files: true });
  const { connection } = database;
  try {
    const columns = [
      ...RUN_COLUMNS.map((name) => `${name} VARCHAR`),
      ...TOKEN_COLUMNS.map(({ name, type }) => `"${name}" ${type}`),
    ];
    await connection.run(`CREATE TABLE tokens (${columns.join(", ")})`);
    await fill(database, run);
    const copy = "COPY tokens TO $path (FORMAT parquet, COMPRESSION zstd, KV_METADATA {run: $run})";
    await connection.run(copy, { path, run: JSON.stringify(run.record) }).catch((error: unknown) => {
      throw new PhononError("io_error", `The Parquet file could not be written: ${messageOf(error)}`, { cause: error });
    });
  } finally {
    database.close();
  }
}

async function fill({ db, connection }: Database, run: KeptRun): Promise<void> {
  const { run_id, engine, target, model } = run.record;
  const appender = await connection.createAppender("tokens");
  const rows = db.DuckDBDataChunkWriter.forAppender(appender, { converter: db.JSToDuckDBValueConverter });
  for await (const event of run.events()) {
    if (event.kind !== "token") continue;
    rows.appendRow([run_id, engine, target, model.path, ...TOKEN_COLUMNS.map(({ value }) => value(event))]);
  }
  rows.flush();
  appender.closeSync();
}
