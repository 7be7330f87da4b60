/** What a handful of repeated measurements allows to say. Everything is deterministic for the same numbers and seed. */
import { max, median, medianAbsoluteDeviation, min, quantileSorted } from "simple-statistics";
import { seededRandom } from "./random.js";

export interface Spread {
  median: number;
  min: number;
  max: number;
  mad: number; // median absolute deviation from the median
}

/** REQUIRES at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const all = [...values];
  return { median: median(all), min: min(all), max: max(all), mad: medianAbsoluteDeviation(all) };
}

/** The median of what there is; null of nothing. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? median(known) : null;
}

export interface Ratio {
  ratio: number; // median of a over median of b
  ci95: [low: number, high: number];
}

const RESAMPLES = 4000;

/**
 * Percentile bootstrap of the ratio of medians. Rounds are resampled as pairs, so what slows a whole round (heat,
 * another program) cancels out. REQUIRES as many of a as of b, at least one, all above zero.
 */
export function pairedRatio(a: readonly number[], b: readonly number[], seed = 1): Ratio {
  const random = seededRandom(seed);
  const ratioOf = (rounds: readonly number[]) => median(pick(a, rounds)) / median(pick(b, rounds));
  const all = a.map((_, round) => round);
  const ratios = Array.from({ length: RESAMPLES }, () =>
    ratioOf(all.map(() => Math.floor(random() * all.length))),
  ).sort((x, y) => x - y);
  return { ratio: ratioOf(all), ci95: [quantileSorted(ratios, 0.025), quantileSorted(ratios, 0.975)] };
}

const pick = (values: readonly number[], rounds: readonly number[]): number[] => rounds.map((i) => values[i] ?? NaN);

export type Verdict = "faster" | "slower" | "not distinguishable";

/** Fewer rounds than this show nothing: two equal engines come out in the same order by chance half of the time. */
export const MIN_ROUNDS = 3;

/** Of a against b, for a quantity of which more is better. */
export function verdictOf({ ci95: [low, high] }: Ratio, rounds: number): Verdict {
  if (rounds < MIN_ROUNDS) return "not distinguishable";
  if (low > 1) return "faster";
  return high < 1 ? "slower" : "not distinguishable";
}

/** How often, in per cent, equal engines would come out in one order in every round. */
export const chanceOfOneOrder = (rounds: number): number => 100 * 2 ** (1 - rounds);

/** What so many rounds cannot say. */
export function verdictWarnings(rounds: number): string[] {
  if (rounds < MIN_ROUNDS) {
    const few = rounds === 1 ? "1 round is" : `${rounds} rounds are`;
    return [`${few} too few for a verdict; take ${MIN_ROUNDS} at least`];
  }
  const chance = Math.round(chanceOfOneOrder(rounds));
  if (chance <= 5) return [];
  const often = `equal engines come out in one order every time in ${chance} % of comparisons`;
  return [`with ${rounds} rounds, ${often}; 6 rounds or more make a verdict firm`];
}
