/** The latest value, at most once per interval and once per frame. */
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Turns } from "./turns.js";

export function useRedraw<T>(value: T, intervalMs: number, turns: Turns): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const last = useRef(-Infinity);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [draw] = useState(() => () => {
    timer.current = undefined;
    last.current = performance.now();
    turns.countRedraw();
    flushSync(() => setShown(latest.current));
  });

  useEffect(() => {
    latest.current = value;
    if (timer.current !== undefined || Object.is(value, shown)) return;
    const wait = last.current + intervalMs - performance.now();
    timer.current = setTimeout(() => turns.add(draw), Math.max(0, wait));
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      turns.remove(draw);
    },
    [turns, draw],
  );
  return shown;
}
