/** The parts of each token's time, one on top of the other. Where tokens share a place, it is their mean. */
import { partsOf, type Part } from "../../state/parts.js";
import type { Trace } from "../../state/trace.js";
import type { Stretch } from "../data/pyramid.js";
import { stretches } from "../data/thin.js";
import { tokensIn, xOfToken, type XView } from "../data/x-view.js";
import type { Mark } from "./mark.js";
import { partColour } from "./part-colours.js";
import { areaPath } from "./paths.js";

export interface Stack {
  marks: Mark[];
  means: ReadonlyMap<Part, number>; // of what is in view, ms
}

/** How many tokens a stretch of rows stands for. */
function tokensOf({ tokens: { number }, tokenRows, count }: Trace, { from, to }: Stretch): number {
  return (to < tokenRows.count ? number.at(to) : count) - number.at(from);
}

export function partStack(trace: Trace, view: XView, isHidden: (part: Part) => boolean): Stack {
  const range = tokensIn(trace, view);
  const means = new Map<Part, number>();
  const marks: Mark[] = [];
  let below: number[] = [];
  for (const part of partsOf(trace.tokens.split)) {
    const all = stretches(trace.tokens.parts[part], trace.tokenRows, range);
    means.set(
      part,
      meanOver(all, (stretch) => tokensOf(trace, stretch)),
    );
    if (isHidden(part)) continue;
    const bottom = below;
    const top = all.map((stretch, i) => (bottom[i] ?? 0) + meanOf(stretch));
    below = top;
    const path: Mark["path"] = ({ x, y }) =>
      areaPath(
        all.length,
        (i) => x(xOfToken(trace, view.mode, middle(all[i]))),
        (i) => y(top[i] ?? NaN),
        (i) => y(bottom[i] ?? 0),
      );
    marks.push({ series: part, look: "fill", colour: partColour(part), path });
  }
  return { marks, means };
}

const meanOf = ({ sum, known }: Stretch) => sum / known;

function meanOver(all: readonly Stretch[], weight: (stretch: Stretch) => number): number {
  const known = all.filter((stretch) => stretch.known > 0);
  const sum = known.reduce((total, stretch) => total + meanOf(stretch) * weight(stretch), 0);
  return sum / known.reduce((total, stretch) => total + weight(stretch), 0);
}

const middle = (stretch: { from: number; to: number } | undefined) =>
  stretch === undefined ? NaN : Math.floor((stretch.from + stretch.to - 1) / 2);
