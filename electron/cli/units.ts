/** Numbers with their units, for people. */
const none = "-";
const MAX_NAME = 300; // characters

export function bytes(value: number | null): string {
  if (value === null) return none;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)));
  const scaled = value / 1024 ** power;
  return `${scaled.toFixed(power === 0 || scaled >= 100 ? 0 : 1)} ${units[power] ?? ""}`;
}

export const speed = (value: number | null): string => (value === null ? none : `${significant(value)} tok/s`);
export const milliseconds = (value: number | null): string => (value === null ? none : `${significant(value)} ms`);
export const clock = (mhz: number | null): string => (mhz === null ? none : `${(mhz / 1000).toFixed(2)} GHz`);

/** How many, to the nearest one. */
export const count = (value: number | null): string => (value === null ? none : Math.round(value).toLocaleString("en"));

export const percent = (share: number | null): string => (share === null ? none : `${significant(100 * share)} %`);

/** Three digits that matter, never an exponent. */
export function significant(value: number): string {
  if (value === 0) return "0";
  return value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))));
}

export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return none;
  if (seconds > 0 && seconds < 1) return milliseconds(seconds * 1000);
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A name from outside, such that it can do nothing to a terminal and a table's line stays one. */
export const plain = (name: string): string =>
  name.slice(0, MAX_NAME).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{fffd}");

/** Left-aligned columns two spaces apart; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
