/**
 * What the figures of a view need not wait for, as its form: made in slices when they are there, before the charts and
 * the rows below the window's edge. Its place is kept for it by the style sheet, so that nothing moves when it comes.
 */
import { startTransition, useEffect, useState, type ReactNode } from "react";

export function Later({ children }: { children: ReactNode }) {
  const [isTime, setTime] = useState(false);
  useEffect(() => startTransition(() => setTime(true)), []);
  return isTime && children;
}
