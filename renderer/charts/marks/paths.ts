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
