/** A row as a person reads it: the verdict first, then each contender's median and range. */
import type { RowResult } from "./measure.js";

const figure = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

export function printRow(row: RowResult): void {
  const { ratio, unit } = row;
  const verdict = ratio
    ? `${figure(ratio.ratio)} ${unit} [${figure(ratio.ci95[0])}, ${figure(ratio.ci95[1])}] against ${ratio.against}`
    : `${figure(row.measured[0]?.spread.median ?? NaN)} ${unit}`;
  console.log(
    `${row.reached ? "reached" : "MISSED "}  ${row.name.padEnd(14)} ${row.what}: ${verdict}; goal ${row.goal}`,
  );
  for (const { label, unit: own, spread } of row.measured) {
    const range = `${figure(spread.min)} to ${figure(spread.max)}`;
    console.log(`         ${label.padEnd(32)} ${figure(spread.median).padStart(9)} ${own} (${range})`);
  }
}
