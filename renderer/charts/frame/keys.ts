/** What keys do in a chart that has the focus. */
import { neighbour } from "../data/places.js";
import { moved, zoomed } from "../data/zoom.js";
import type { Reading } from "../reading.js";
import type { XState } from "../x-store.js";

const NEARER = 0.5;
const STEPS = 200; // presses of an arrow across the plot, where tokens are denser than that

/** What a key changes; null: it is not one of ours. */
export function keyChange(
  { key, shiftKey }: { key: string; shiftKey: boolean },
  { cursor }: Pick<XState, "cursor">,
  reading: Reading,
  chart: string,
): Partial<XState> | null {
  const { view, full, snap, places, step = Math.max(1, Math.round((view.to - view.from) / STEPS)) } = reading;
  const width = view.to - view.from;
  const at = cursor?.x ?? snap((view.from + view.to) / 2);
  const to = (x: number): Partial<XState> => {
    const place = snap(x);
    const by = place < view.from ? place - view.from : place > view.to ? place - view.to : 0;
    return { cursor: { x: place, chart }, ...(by === 0 ? {} : { zoom: moved(view, full, by) }) };
  };
  const beside = (direction: -1 | 1) => (places ? neighbour(places, at, direction) : at + direction * step);
  switch (key) {
    case "ArrowLeft":
      return shiftKey ? { zoom: moved(view, full, -width / 4) } : to(beside(-1));
    case "ArrowRight":
      return shiftKey ? { zoom: moved(view, full, width / 4) } : to(beside(1));
    case "Home":
      return to(full.from);
    case "End":
      return to(full.to);
    case "+":
    case "=":
      return { zoom: zoomed(view, full, NEARER, at) };
    case "-":
      return { zoom: zoomed(view, full, 1 / NEARER, at) };
    case "0":
      return { zoom: null };
    default:
      return null;
  }
}
