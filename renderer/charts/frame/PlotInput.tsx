/**
 * The plot as something to point at: hovering moves the cursor of all charts, a click pins a token, a drag zooms, and
 * so do Control and the wheel. To the keyboard and to screen readers it is a slider along the tokens.
 */
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { XView } from "../data/x-view.js";
import { between, moved, zoomed } from "../data/zoom.js";
import type { Series } from "../marks/mark.js";
import { useReading, type Reading, type Rows } from "../reading.js";
import { useX, useXStore, type XStore } from "../x-store.js";
import { keyChange } from "./keys.js";
import { MARGIN, type Box } from "./layout.js";

const CLICK = 4; // pixels that a hand moves in a click
const WHEEL = 0.002; // zoom by a pixel of the wheel

interface PlotInputProps {
  chart: string;
  label: string;
  series: readonly Series[];
  plot: Box;
  rows: Rows | undefined; // chosen by the pointer and by the arrows up and down
}

export function PlotInput({ chart, label, series, plot, rows }: PlotInputProps) {
  const store = useXStore();
  const reading = useReading();
  const { view, full, snap, heading } = reading;
  const cursor = useX((state) => (state.cursor?.chart === chart ? state.cursor.x : null));
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null); // pixels
  const area = useRef<HTMLDivElement>(null);
  useWheel(area, plot);

  const pixel = (event: PointerEvent) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const value = (left: number) => view.from + (left / plot.width) * (view.to - view.from);

  function onPointerMove(event: PointerEvent): void {
    const left = pixel(event);
    if (drag !== null) setDrag({ ...drag, to: Math.max(0, Math.min(left, plot.width)) });
    store.set({ cursor: { x: snap(value(left)), chart } });
    const top = event.clientY - event.currentTarget.getBoundingClientRect().top;
    if (rows) chooseRow(rows, Math.floor((1 - top / plot.height) * rows.count));
  }
  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: pixel(event), to: pixel(event) });
  }
  function onPointerUp(): void {
    if (drag === null) return;
    setDrag(null);
    if (Math.abs(drag.to - drag.from) < CLICK) reading.pin(snap(value(drag.from)));
    else store.set({ zoom: between(value(drag.from), value(drag.to), full) });
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { pinned, cursor: shared } = store.get();
    if (event.key === "Enter" || event.key === " ") {
      if (shared !== null) reading.pin(shared.x);
    } else if (event.key === "Escape" && (pinned !== null || shared !== null)) {
      reading.unpin();
      store.set({ cursor: null });
    } else if (rows && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      chooseRow(rows, rows.at + (event.key === "ArrowUp" ? 1 : -1));
      store.set({ cursor: { x: shared?.x ?? snap((view.from + view.to) / 2), chart } });
    } else {
      const change = keyChange(event, store.get(), { ...reading, view: asked(store, reading) }, chart);
      if (change === null) return;
      store.set(change);
    }
    event.preventDefault();
    event.stopPropagation(); // or Escape would also cancel the run
  }

  const at = cursor ?? snap(full.to);
  return (
    <div
      ref={area}
      className="plot-input"
      style={{ left: MARGIN.left, top: MARGIN.top, width: plot.width, height: plot.height }}
      tabIndex={0}
      role="slider"
      aria-label={label}
      aria-valuemin={full.from}
      aria-valuemax={full.to}
      aria-valuenow={at}
      aria-valuetext={[heading(at), ...series.map(({ label: name, read }) => `${name} ${read(at)}`)].join(", ")}
      onPointerMove={onPointerMove}
      onPointerDown={onPointerDown}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => store.set({ cursor: null })}
      onDoubleClick={() => store.set({ zoom: null })}
      onKeyDown={onKeyDown}
    >
      {drag !== null && (
        <div
          className="plot-selection"
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
    </div>
  );
}

const chooseRow = ({ count, choose }: Rows, row: number) => choose(Math.max(0, Math.min(row, count - 1)));

/** What was last asked to be in view: charts follow in their turns, and the next key or notch of a wheel goes on there. */
function asked(store: XStore, { view, full }: Reading): XView {
  return { mode: view.mode, ...(store.get().zoom ?? { from: full.from, to: full.to }) };
}

/** Control and the wheel zoom, Shift and the wheel (or a wheel to the side) move; the plain wheel scrolls the page. */
function useWheel(area: React.RefObject<HTMLDivElement | null>, plot: Box): void {
  const store = useXStore();
  const reading = useReading();
  const latest = useRef(reading);
  useEffect(() => {
    latest.current = reading;
  });
  useEffect(() => {
    const { current } = area;
    if (current === null) return;
    function onWheel(event: WheelEvent): void {
      const { full } = latest.current;
      const view = asked(store, latest.current);
      const perPixel = (view.to - view.from) / plot.width;
      if (event.ctrlKey || event.metaKey) {
        const around =
          view.from + perPixel * (event.clientX - (event.currentTarget as Element).getBoundingClientRect().left);
        store.set({ zoom: zoomed(view, full, Math.exp(event.deltaY * WHEEL), around) });
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        store.set({ zoom: moved(view, full, perPixel * (event.deltaX || event.deltaY)) });
      } else return;
      event.preventDefault();
    }
    current.addEventListener("wheel", onWheel, { passive: false });
    return () => current.removeEventListener("wheel", onWheel);
  }, [area, plot.width, store]);
}
