/** DuckDB in memory. The library is large, so it is loaded with the first use and not with the program. */
import type * as DuckDB from "@duckdb/node-api";

export interface Database {
  db: typeof DuckDB;
  connection: DuckDB.DuckDBConnection;
  close(): void;
}

/** `files`: whether statements may read and write files. Nothing is ever fetched from a network. */
export async function openDatabase({ files }: { files: boolean }): Promise<Database> {
  const db = await import("@duckdb/node-api");
  const instance = await db.DuckDBInstance.create(":memory:", {
    threads: "1", // the other cores may be measuring
    enable_external_access: String(files),
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
  });
  const connection = await instance.connect();
  return {
    db,
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
