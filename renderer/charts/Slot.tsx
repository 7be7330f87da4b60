/** A place for a chart. Out of sight it follows only when nothing changes for a while: redrawing is for what is seen. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ReadingContext, type Reading } from "./reading.js";
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
  const place = useRef<HTMLDivElement>(null);
  const [inSight, setInSight] = useState(true);
  const [kept, setKept] = useState({ shown, reading });
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setInSight(entry?.isIntersecting ?? true), {
      rootMargin: NEAR,
    });
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const isOld = kept.shown !== shown || kept.reading !== reading;
  if (inSight && isOld) setKept({ shown, reading });
  useEffect(() => {
    if (inSight || !isOld) return;
    const timer = setTimeout(() => setKept({ shown, reading }), QUIET_MS);
    return () => clearTimeout(timer);
  }, [inSight, isOld, shown, reading]);
  const drawn = inSight ? { shown, reading } : kept;
  return (
    <div className={wide ? "chart-slot wide" : "chart-slot"} ref={place}>
      <InSightContext value={inSight}>
        <ReadingContext value={drawn.reading}>{children(drawn.shown)}</ReadingContext>
      </InSightContext>
    </div>
  );
}
