/** Values above the end of an axis: each has a triangle at the upper edge, and the legend says how far they go. */
import { xOfToken, type XView } from "../data/x-view.js";
import type { Drawn } from "./lines.js";
import type { Mark, Series } from "./mark.js";

const SIZE = 4; // pixels
const STYLE = { look: "fill", colour: "var(--fail)" } as const;

export function beyondOf({ line, all, most }: Drawn, { mode }: XView, end: number): { mark: Mark; series: Series } {
  const above = all.filter((stretch) => line.column.at(stretch.most) > end);
  const path: Mark["path"] = ({ x }) =>
    above
      .map((stretch) => x(xOfToken(line.trace, mode, stretch.most)))
      .map((left) => `M${Math.round(left)} 0l${SIZE} ${2 * SIZE}h${-2 * SIZE}z`)
      .join("");
  const read = () => (above.length === 0 ? "none" : `${above.length}, up to ${line.text(most)}`);
  return {
    mark: { ...STYLE, series: "beyond", path },
    series: { ...STYLE, id: "beyond", label: "beyond the axis", read },
  };
}
