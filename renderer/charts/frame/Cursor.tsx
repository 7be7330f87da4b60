/** The lines that run through all charts: where the cursor is, and where the pinned token. */
import type { Box } from "./layout.js";
import { useReading } from "../reading.js";
import { useCursor } from "../x-store.js";

export function Cursor({ plot }: { plot: Box }) {
  const cursor = useCursor();
  const { view, pinned } = useReading();
  const left = (x: number) => ((x - view.from) / (view.to - view.from || 1)) * plot.width;
  const isIn = (x: number) => x >= view.from && x <= view.to;
  return (
    <>
      {pinned !== null && isIn(pinned) && (
        <div className="pin-line" style={{ transform: `translateX(${left(pinned)}px)` }} />
      )}
      {cursor !== null && isIn(cursor.x) && (
        <div className="cursor-line" style={{ transform: `translateX(${left(cursor.x)}px)` }} />
      )}
    </>
  );
}
