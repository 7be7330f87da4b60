/** DuckDB in memory. The library is large, so it is loaded with the first use and not with the program. */
import type * as DuckDB from "@duckdb/node-api";
import { messageOf, PhononError } from "./errors.js";

export interface Database {
  db: typeof DuckDB;
  connection: DuckDB.DuckDBConnection;
  close(): void;
}

/** `files`: whether statements may read and write files. Nothing is ever fetched from a network. */
export async function openDatabase({ files }: { files: boolean }): Promise<Database> {
  const db = await load();
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

async function load(): Promise<typeof DuckDB> {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    throw new PhononError("duckdb_missing", `DuckDB cannot be loaded ("npm ci" installs it): ${messageOf(error)}`, {
      cause: error,
    });
  }
}
