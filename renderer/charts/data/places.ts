/** An axis of a few places: which of them is meant, which comes next, and where their names have room. */
import type { Place } from "../reading.js";

/** Undefined: there is none. */
export function nearest(places: readonly Place[], x: number): Place | undefined {
  return places.reduce<Place | undefined>(
    (best, place) => (best === undefined || Math.abs(place.x - x) < Math.abs(best.x - x) ? place : best),
    undefined,
  );
}

/** The one before or after; at an end that one. */
export function neighbour(places: readonly Place[], x: number, direction: -1 | 1): number {
  const others = places.filter((place) => (place.x - x) * direction > 0);
  return nearest(others, x)?.x ?? nearest(places, x)?.x ?? x;
}

/** From the first on, those that are so far from the one before that their names do not touch. */
export function apart(places: readonly Place[], least: number): Place[] {
  const kept: Place[] = [];
  for (const place of places) if (place.x - (kept.at(-1)?.x ?? -Infinity) >= least) kept.push(place);
  return kept;
}

/** What places are called on an axis; those between them nothing. */
export const placeText =
  (places: readonly Place[]) =>
  (x: number): string =>
    places.find((place) => place.x === x)?.text ?? "";
