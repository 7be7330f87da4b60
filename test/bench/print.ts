/** A row as a person reads it: the verdict first, then each contender's median and range. */
import type { RowResult } from "./measure.js";

const figure = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** What the row came to, before what it was made from. */
export function verdictOf({ reached, counts, absent }: Pick<RowResult, "reached" | "counts" | "absent">): string {
  if (absent !== undefined) return "NOT MEASURED";
  if (counts === false) return "DOES NOT COUNT";
  return reached ? "reached" : "MISSED";
}

function said({ absent, ratio, value, count, unit, measured }: RowResult): string {
  if (absent !== undefined) return absent;
  if (ratio)
    return `${figure(ratio.ratio)} ${unit} [${figure(ratio.ci95[0])}, ${figure(ratio.ci95[1])}] against ${ratio.against}`;
  if (value) return `${figure(value.median)} ${unit} (${figure(value.min)} to ${figure(value.max)})`;
  return `${figure(count ?? measured[0]?.spread.median ?? NaN)} ${unit}`;
}

/** Lines of a row: all that is printed of it. */
export function rowLines(row: RowResult): string[] {
  const lines = [`${verdictOf(row).padEnd(8)} ${row.name.padEnd(14)} ${row.what}: ${said(row)}; goal ${row.goal}`];
  const add = (line: string) => lines.push(`         ${line}`);
  for (const note of row.notes ?? []) add(note);
  for (const { label, unit, spread } of row.measured) {
    const range = `${figure(spread.min)} to ${figure(spread.max)}`;
    add(`${label.padEnd(32)} ${figure(spread.median).padStart(9)} ${unit} (${range})`);
  }
  for (const { label, active, candidates, misses, reads, readBytes, missShare } of row.streamed ?? []) {
    const neurons = `${whole(active)} neurons active, ${whole(candidates)} let through, ${whole(misses)} missed`;
    const flash = `${whole(reads)} reads of ${(readBytes / 1024 ** 2).toFixed(2)} MiB together`;
    add(`${label}, per token: ${neurons} (${(100 * missShare).toFixed(1)} % of the active ones), ${flash}`);
  }
  return lines;
}

export const printRow = (row: RowResult): void => console.log(rowLines(row).join("\n"));
