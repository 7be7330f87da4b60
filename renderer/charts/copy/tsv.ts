/** A table as tab-separated values, as spreadsheets take them from the clipboard. */
import type { DataTable } from "../marks/mark.js";

export function tsvOf({ columns, rows }: DataTable): string {
  const lines = rows.map((row) =>
    row.map((value) => (typeof value === "string" ? plain(value) : (value ?? ""))).join("\t"),
  );
  return [columns.map(plain).join("\t"), ...lines].join("\n") + "\n";
}

/** A name from a device may hold anything; a spreadsheet takes some first characters for a formula. */
function plain(name: string): string {
  const line = name.replaceAll(/[\t\r\n]+/g, " ");
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}
