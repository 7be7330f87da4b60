/** The parts of each token's time, one on top of the other. Where tokens share a place, it is their mean. */
import { PARTS, type Part, type Trace } from "../../state/trace.js";
import type { Stretch } from "../data/pyramid.js";
import { stretches } from "../data/thin.js";
import { tokensIn, xOfToken, type XView } from "../data/x-view.js";
import type { Mark } from "./mark.js";
import { areaPath } from "./paths.js";

export const partColour = (part: Part) => `var(--part-${part})`;

export interface Stack {
  marks: Mark[];
  means: Record<Part, number>; // of what is in view, ms
}

export function partStack(trace: Trace, view: XView, isHidden: (part: Part) => boolean): Stack {
  const range = tokensIn(trace, view);
  const means: Record<Part, number> = { attention: NaN, ffn: NaN, sampling: NaN, other: NaN };
  const marks: Mark[] = [];
  let below: number[] = [];
  for (const part of PARTS) {
    const all = stretches(trace.tokens.parts[part], trace.count, range);
    means[part] = meanOf(all);
    if (isHidden(part)) continue;
    const bottom = below;
    const top = all.map((stretch, i) => (bottom[i] ?? 0) + meanOf([stretch]));
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

const meanOf = (all: readonly Stretch[]) =>
  all.reduce((sum, stretch) => sum + stretch.sum, 0) / all.reduce((known, stretch) => known + stretch.known, 0);

const middle = (stretch: { from: number; to: number } | undefined) =>
  stretch === undefined ? NaN : Math.floor((stretch.from + stretch.to - 1) / 2);
