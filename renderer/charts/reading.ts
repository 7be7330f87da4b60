/** How places of the x axis are read: the same for all charts of a run. Made anew with each redraw. */
import { createContext, useContext } from "react";
import type { XView } from "./data/x-view.js";

/** One of the few places that an axis has, and what it is called on it. */
export interface Place {
  x: number;
  text: string;
}

export interface Reading {
  view: XView; // in view
  places?: readonly Place[]; // in their order, where there are only these
  full: XView; // all there is
  step?: number; // of an arrow, where places are this far apart
  /** The place that is meant: that of a token, or a moment that has been. */
  snap: (x: number) => number;
  /** What a place is called, as in "Token 12 · 3.40 s". */
  heading: (x: number) => string;
  pin: (x: number) => void;
  unpin: () => void;
  pinned: number | null; // where the pinned token is
}

/** Rows of a plot, of which one is read together with a place. */
export interface Rows {
  count: number; // from the lower edge
  at: number;
  choose: (row: number) => void;
}

export const ReadingContext = createContext<Reading | null>(null);

export function useReading(): Reading {
  const reading = useContext(ReadingContext);
  if (reading === null) throw new Error("no ReadingContext above this chart");
  return reading;
}
