/** Moving the part of the axis that is in view. All of it is null: what comes then stays in view. */
export interface Interval {
  from: number;
  to: number;
}

const NARROWEST = 4; // tokens, or ms

/** `factor` below 1 goes nearer; what is at `around` stays where it is. */
export function zoomed(view: Interval, full: Interval, factor: number, around: number): Interval | null {
  const width = Math.max((view.to - view.from) * factor, NARROWEST);
  const share = (around - view.from) / (view.to - view.from || 1);
  return within({ from: around - share * width, to: around + (1 - share) * width }, full);
}

export function moved(view: Interval, full: Interval, by: number): Interval | null {
  return within({ from: view.from + by, to: view.to + by }, full);
}

/** What was dragged over, in either direction; null: too little to mean it. */
export function between(a: number, b: number, full: Interval): Interval | null {
  const [from, to] = a < b ? [a, b] : [b, a];
  const middle = (from + to) / 2;
  const half = Math.max(to - from, NARROWEST) / 2;
  return within({ from: middle - half, to: middle + half }, full);
}

/** Moved and cut so that it lies in the whole. */
function within({ from, to }: Interval, full: Interval): Interval | null {
  const width = to - from;
  if (width >= full.to - full.from) return null;
  const start = Math.max(full.from, Math.min(from, full.to - width));
  return { from: start, to: start + width };
}
