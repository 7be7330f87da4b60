/** For a chart whose x axis is not the run's: zoom, cursor and how places are read are its own. */
import { useMemo, useState, type ReactNode } from "react";
import type { XMode } from "./data/x-view.js";
import { nearest } from "./data/places.js";
import { ReadingContext, type Place, type Reading } from "./reading.js";
import { useX, XStore, XStoreContext } from "./x-store.js";

interface OwnAxisProps {
  mode: XMode;
  from?: number;
  to: number;
  /** All that there is to read; the same array while it says the same. */
  places?: readonly Place[];
  /** How wide each place is, where there are only these; the middle of one is what is read. */
  step?: number;
  /** What a place is called; the same function while it says the same. */
  heading: (x: number) => string;
  children: ReactNode;
}

export function OwnAxis(props: OwnAxisProps) {
  const [store] = useState(() => new XStore());
  return (
    <XStoreContext value={store}>
      <OwnReading {...props} />
    </XStoreContext>
  );
}

function OwnReading({ mode, from = 0, to, places, step, heading, children }: OwnAxisProps) {
  const zoom = useX((state) => state.zoom);
  const reading = useMemo<Reading>(() => {
    const full = { mode, from, to };
    return {
      ...{ full, heading, view: { ...full, ...zoom }, ...(places && { places }), ...(step && { step }) },
      snap(x) {
        if (places) return nearest(places, x)?.x ?? from;
        const within = Math.max(from, Math.min(x, to));
        return step ? middleOf(within, from, to, step) : within;
      },
      ...{ pin: () => undefined, unpin: () => undefined, pinned: null },
    };
  }, [mode, from, to, places, step, heading, zoom]);
  return <ReadingContext value={reading}>{children}</ReadingContext>;
}

/** Of the place that has `x`; of the last one at the end. */
function middleOf(x: number, from: number, to: number, step: number): number {
  const last = Math.round((to - from) / step) - 1;
  return from + (Math.min(Math.floor((x - from) / step), last) + 0.5) * step;
}
