/**
 * What the figures of a view need not wait for, as its form: made in slices when they are there, before the charts and
 * the rows below the window's edge. Its place is kept for it by the style sheet, so that nothing moves when it comes.
 */
import { startTransition, useEffect, useState, type ReactNode } from "react";

/** `isNow`: at once, where it stands above the figures and would move them. What is made stays when this changes. */
export function Later({ isNow = false, children }: { isNow?: boolean; children: ReactNode }) {
  const [isTime, setTime] = useState(false);
  useEffect(() => startTransition(() => setTime(true)), []);
  return (isNow || isTime) && children;
}
