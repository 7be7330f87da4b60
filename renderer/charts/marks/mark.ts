/** What a chart draws and names: marks on the plot, series in its legend. Plain data, so that it can be tested. */

/** From values to pixels from the upper left corner of the plot. */
export interface Scale {
  width: number;
  height: number;
  x: (value: number) => number;
  y: (value: number) => number;
}

/** How a series is drawn, in the plot and in the legend; apart from its colour, so that colours are not all there is. */
export type Look = "line" | "faint" | "thick" | "dash" | "dots" | "fill" | "rug";

export interface Mark {
  series: string;
  look: Look;
  colour: string; // of CSS
  /** An SVG path. */
  path: (scale: Scale) => string;
}

/** A figure that is written above a place of the plot. */
export interface Label {
  series: string;
  x: number;
  y: number;
  text: string;
}

export interface Series {
  id: string;
  label: string;
  look: Look;
  colour: string;
  isFigure?: boolean; // a figure of what is drawn, with no mark of its own to hide
  /** The value at a place of the x axis, with its unit; null: the latest one. */
  read: (x: number | null) => string;
}

/** Numbers behind a chart, in full: the tokens or samples in view, or what else it draws. */
export interface DataTable {
  columns: string[];
  rows: (number | string | null)[][];
}

export function scaleOf(
  x: { from: number; to: number },
  y: { from: number; to: number },
  width: number,
  height: number,
): Scale {
  const [perX, perY] = [width / (x.to - x.from || 1), height / (y.to - y.from || 1)];
  return { width, height, x: (value) => (value - x.from) * perX, y: (value) => height - (value - y.from) * perY };
}
