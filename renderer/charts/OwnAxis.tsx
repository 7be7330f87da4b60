/** For a chart whose x axis is not the run's: zoom, cursor and how places are read are its own. */
import { useMemo, useState, type ReactNode } from "react";
import type { XMode } from "./data/x-view.js";
import { ReadingContext, type Reading } from "./reading.js";
import { useX, XStore, XStoreContext } from "./x-store.js";

interface OwnAxisProps {
  mode: XMode;
  to: number; // from 0
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

function OwnReading({ mode, to, heading, children }: OwnAxisProps) {
  const zoom = useX((state) => state.zoom);
  const reading = useMemo<Reading>(() => {
    const full = { mode, from: 0, to };
    return {
      ...{ full, heading, view: { ...full, ...zoom } },
      snap: (x) => Math.max(0, Math.min(x, to)),
      ...{ pin: () => undefined, unpin: () => undefined, pinned: null },
    };
  }, [mode, to, heading, zoom]);
  return <ReadingContext value={reading}>{children}</ReadingContext>;
}
