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

function OwnReading({ mode, from = 0, to, places, heading, children }: OwnAxisProps) {
  const zoom = useX((state) => state.zoom);
  const reading = useMemo<Reading>(() => {
    const full = { mode, from, to };
    return {
      ...{ full, heading, view: { ...full, ...zoom }, ...(places && { places }) },
      snap: (x) => (places ? (nearest(places, x)?.x ?? from) : Math.max(from, Math.min(x, to))),
      ...{ pin: () => undefined, unpin: () => undefined, pinned: null },
    };
  }, [mode, from, to, places, heading, zoom]);
  return <ReadingContext value={reading}>{children}</ReadingContext>;
}
