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
  let from = -1; // of the stretch without a break
  for (let i = 0; i <= count; i++) {
    const broken = i === count || Number.isNaN(x(i)) || Number.isNaN(top(i)) || Number.isNaN(bottom(i));
    if (!broken && from < 0) from = i;
    if (!broken || from < 0) continue;
    for (let at = from; at < i; at++) path += `${at === from ? "M" : "L"}${place(x(at))} ${place(top(at))}`;
    for (let at = i - 1; at >= from; at--) path += `L${place(x(at))} ${place(bottom(at))}`;
    path += "Z";
    from = -1;
  }
  return path;
}

/** Marks of a height from the bottom up. */
export function rugPath(places: readonly number[], bottom: number, height: number): string {
  return places.map((x) => `M${place(x)} ${place(bottom)}v${-height}`).join("");
}
