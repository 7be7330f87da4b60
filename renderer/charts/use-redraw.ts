/**
 * The latest value, at most once per interval and once per frame, and what redrawing with it costs the page's thread:
 * from the start of React's work to the end of layout and paint.
 */
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

export interface RedrawCost {
  ms: number; // of one redraw
  share: number; // of a core
}

interface Redraw<T> {
  shown: T;
  cost: RedrawCost | null; // null: not measured yet
}

const MEASURE_MS = 1000; // over which the cost is averaged

export function useRedraw<T>(value: T, intervalMs: number): Redraw<T> {
  const [shown, setShown] = useState(value);
  const [cost, setCost] = useState<RedrawCost | null>(null);
  const meter = useRef(new Meter());
  const latest = useRef(value);
  const last = useRef(-Infinity);
  const stop = useRef<(() => void) | null>(null); // of the redraw that is to come

  function draw(start: number): void {
    stop.current = null;
    last.current = start;
    flushSync(() => setShown(latest.current));
    afterPaint(() => {
      const measured = meter.current.add(start, performance.now());
      if (measured !== null) setCost(measured);
    });
  }

  useEffect(() => {
    latest.current = value;
    if (stop.current !== null || Object.is(value, shown)) return;
    const wait = last.current + intervalMs - performance.now();
    stop.current = inFrame(wait, () => draw(performance.now()));
  });
  useEffect(() => () => stop.current?.(), []);
  return { shown, cost };
}

/** Calls back in the first frame after a time; returns what prevents it. */
function inFrame(waitMs: number, then: () => void): () => void {
  let frame = 0;
  const ask = () => (frame = requestAnimationFrame(then));
  const timer = waitMs > 0 ? setTimeout(ask, waitMs) : undefined;
  if (timer === undefined) ask();
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}

/** From within a frame's callback: calls back when the page's thread is done with that frame, before other work. */
function afterPaint(then: () => void): void {
  if ("scheduler" in globalThis) void scheduler.postTask(then, { priority: "user-blocking" });
  else setTimeout(then, 0);
}

/** Averages over a second, so that the figure can be read. */
export class Meter {
  #from = NaN;
  #busy = 0;
  #redraws = 0;

  /** What the redraws of a second cost, once it is over. */
  add(start: number, end: number): RedrawCost | null {
    if (Number.isNaN(this.#from)) this.#from = start;
    this.#busy += end - start;
    this.#redraws += 1;
    const passed = end - this.#from;
    if (passed < MEASURE_MS) return null;
    const cost = { ms: this.#busy / this.#redraws, share: this.#busy / passed };
    this.#from = end;
    this.#busy = 0;
    this.#redraws = 0;
    return cost;
  }
}
