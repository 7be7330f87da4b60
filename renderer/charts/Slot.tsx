/**
 * A place for a chart, which is made in its turn and follows what is to be shown in its turn. Out of sight it follows
 * only when nothing has changed for a while: redrawing is for what is seen.
 */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { ReadingContext, type Reading } from "./reading.js";
import { useTurns } from "./turns.js";
import { useTurn } from "./use-turn.js";
import { InSightContext } from "./x-store.js";

const NEAR = "160px"; // beyond the edge of the window
const QUIET_MS = 500;

interface SlotProps<T> {
  shown: T;
  reading: Reading;
  wide?: boolean;
  children: (shown: T) => ReactNode;
}

export function Slot<T>({ shown, reading, wide = false, children }: SlotProps<T>) {
  const turns = useTurns();
  const isMade = useTurn();
  const place = useRef<HTMLDivElement>(null);
  const [inSight, setInSight] = useState(true);
  const [kept, setKept] = useState({ shown, reading });
  const latest = useRef(kept);
  const [follow] = useState(() => () => flushSync(() => setKept(latest.current)));
  const isOld = kept.shown !== shown || kept.reading !== reading;

  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setInSight(entry?.isIntersecting ?? true), {
      rootMargin: NEAR,
    });
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    latest.current = { shown, reading };
    if (!isOld) return;
    if (inSight) {
      turns.add(follow);
      return;
    }
    const timer = setTimeout(() => turns.add(follow), QUIET_MS);
    return () => clearTimeout(timer);
  }, [turns, follow, inSight, isOld, shown, reading]);
  useEffect(() => () => turns.remove(follow), [turns, follow]);

  return (
    <div className={wide ? "chart-slot wide" : "chart-slot"} ref={place}>
      {isMade && (
        <InSightContext value={inSight}>
          <ReadingContext value={kept.reading}>{children(kept.shown)}</ReadingContext>
        </InSightContext>
      )}
    </div>
  );
}
