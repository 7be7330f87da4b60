/** SVG paths. A tenth of a pixel is as fine as anything is drawn. */
const round = (pixels: number) => Math.round(pixels * 10) / 10;
const FAR = 32_000; // pixels; renderers lose precision, or the line, well beyond the plot
const place = (pixels: number) => round(Math.max(-FAR, Math.min(pixels, FAR)));

/** A line through points; a point that is not a number breaks it, and one alone is a dot. */
export function linePath(count: number, x: (i: number) => number, y: (i: number) => number): string {
  let path = "";
  let drawing = false;
  for (let i = 0; i < count; i++) {
    const [left, top] = [x(i), y(i)];
    if (Number.isNaN(left) || Number.isNaN(top)) {
      drawing = false;
      continue;
    }
    path += `${drawing ? "L" : "M"}${place(left)} ${place(top)}`;
    if (!drawing) path += "h0";
    drawing = true;
  }
  return path;
}

/** The area between two lines over the same places; broken where either is not a number. */
export function areaPath(
  count: number,
  x: (i: number) => number,
  top: (i: number) => number,
  bottom: (i: number) => number,
): string {
  let path = "";
  let forth = "";
  let back = "";
  for (let i = 0; i <= count; i++) {
    const [left, upper, lower] = i < count ? [x(i), top(i), bottom(i)] : [NaN, NaN, NaN];
    if (Number.isNaN(left) || Number.isNaN(upper) || Number.isNaN(lower)) {
      if (forth !== "") path += `M${forth}${back}Z`;
      forth = back = "";
      continue;
    }
    const across = place(left);
    forth += `${forth === "" ? "" : "L"}${across} ${place(upper)}`;
    back = `L${across} ${place(lower)}${back}`;
  }
  return path;
}

/** Marks of a height from the bottom up. */
export function rugPath(places: readonly number[], bottom: number, height: number): string {
  return places.map((x) => `M${place(x)} ${place(bottom)}v${-height}`).join("");
}

/** From a value to another one above it, with a cap at each end. */
export function whiskerPath(x: number, low: number, high: number, halfWidth: number): string {
  const [left, width] = [place(x - halfWidth), 2 * halfWidth];
  return `M${place(x)} ${place(low)}V${place(high)}M${left} ${place(low)}h${width}M${left} ${place(high)}h${width}`;
}

export function barPath(x: number, top: number, bottom: number, width: number): string {
  return `M${place(x - width / 2)} ${place(bottom)}V${place(top)}h${place(width)}V${place(bottom)}Z`;
}

export function dotPath(x: number, y: number, radius: number): string {
  return `M${place(x - radius)} ${place(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
}

/** Two strokes that say that something is missing here. */
export function crossPath(x: number, y: number, radius: number): string {
  const [left, right, top, bottom] = [x - radius, x + radius, y - radius, y + radius].map(place);
  return `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
}
