/** Readers of exports that know nothing of how they were written. */
import { DuckDBInstance } from "@duckdb/node-api";

async function open() {
  return (await DuckDBInstance.create(":memory:")).connect();
}

/** What `sql` finds in a file, which it names $file. */
export async function rowsOf(sql: string, file: string): Promise<Record<string, unknown>[]> {
  const connection = await open();
  return (await connection.runAndReadAll(sql, { file: file.replace(/[[*?]/g, "[$&]") })).getRowObjectsJS();
}

/** The table llama_bench of SQL that must make it, and no other one. */
export async function rowsOfSql(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await open();
  await connection.run(sql);
  const tables = (await connection.runAndReadAll("SELECT table_name FROM duckdb_tables()")).getRowsJS().flat();
  if (tables.length !== 1) throw new Error(`it makes the tables ${JSON.stringify(tables)}`);
  return (await connection.runAndReadAll("FROM llama_bench")).getRowObjectsJS();
}

/** RFC 4180. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i]!;
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === "," || c === "\n")) {
      rows.at(-1)!.push(cell);
      cell = "";
      if (c === "\n") rows.push([]);
    } else cell += c;
  }
  rows.pop();
  return rows;
}

/** A text of a CSV: what a spreadsheet would compute has an apostrophe before it, and so has what begins with one. */
export const textOfCsv = (cell: string): string => cell.replace(/^'/, "");

/** The cells of a table by GitHub's rules: split at bars without a backslash, escapes taken back. */
export function rowsOfMarkdown(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) =>
        cell
          .trim()
          .replace(/\\([\\|`[*])/g, "$1")
          .replaceAll("&lt;", "<")
          .replaceAll("&amp;", "&"),
      ),
  );
}
