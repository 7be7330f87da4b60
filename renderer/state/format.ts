/** Figures as text: few digits, a unit, and always the same width for the same kind of thing. */
export const NONE = "–";

/** Three significant digits at least, none after the point from 100 on. */
export function digits(value: number): string {
  const magnitude = Math.abs(value);
  return (WITH_PLACES[magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2] as Intl.NumberFormat).format(value);
}

/** Made once: making one takes longer than writing a hundred figures with it. */
const WITH_PLACES = [0, 1, 2].map(
  (places) => new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }),
);
const PLAIN = new Intl.NumberFormat("en-US");
const ROUND = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });
// Made once: making one takes half a millisecond, and a table has a time in every row.
const SECOND = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const MINUTE = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export interface Quantity {
  figure: string;
  unit: string;
}

const quantity = (figure: string, unit: string): Quantity => ({ figure, unit });

export function speed(tps: number | null): Quantity {
  return quantity(tps === null ? NONE : digits(tps), "tok/s");
}

export function duration(ms: number | null): Quantity {
  if (ms === null) return quantity(NONE, "ms");
  if (ms >= 10_000) return quantity(digits(ms / 1000), "s");
  return quantity(digits(ms), "ms");
}

export function bytes(value: number | null): Quantity {
  if (value === null) return quantity(NONE, "MiB");
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let amount = value;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return quantity(unit === 0 ? String(amount) : digits(amount), units[unit] as string);
}

/** Of a share. */
export function percent(share: number | null): Quantity {
  return quantity(share === null ? NONE : (100 * share).toFixed(1), "%");
}

/** Of an axis, whose figures are round: all their digits, however small, and nothing of what a computer makes of 0.3. */
export function tick(value: number): string {
  return ROUND.format(value);
}

export function count(value: number): string {
  return PLAIN.format(value);
}

/** Parameters of a model: 6.4 M, 1.2 B. */
export function parameters(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} B`;
  return `${(value / 1e6).toFixed(1)} M`;
}

export function text({ figure, unit }: Quantity): string {
  return figure === NONE ? NONE : `${figure} ${unit}`;
}

/** How far a step is, in what that step counts. */
export function farInWords({ phase, done, total }: { phase: string; done: number; total: number }): string {
  const unit = UNITS[phase];
  return unit === undefined
    ? `${text(bytes(done))} of ${text(bytes(total))}`
    : `${count(done)} of ${count(total)} ${unit}`;
}

/** Of steps that do not count bytes. */
const UNITS: Record<string, string> = { prefill: "tokens", decode: "tokens", packing: "steps" };

/** Time that is left, rounded to what can be believed. */
export function remaining(seconds: number): string {
  if (seconds < 1) return "under 1 s left";
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${(seconds / 3600).toFixed(1)} h left`;
}

/** "14:03:22" today, "19 Nov 14:03" before. */
export function when(iso: string, now: Date): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  if (date.toDateString() === now.toDateString()) return SECOND.format(date);
  return `${DAY.format(date)} ${MINUTE.format(date)}`;
}

/** The last part of a path, of this or of another system. */
export function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) || path;
}
