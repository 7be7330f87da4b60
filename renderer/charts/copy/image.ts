/**
 * A chart as a PNG: title and legend in text, then what is below the marks, then the SVG of Recharts. An image has no
 * style sheet, so the styles in force are written into a copy of the SVG first.
 */
const SHARP = 2; // pixels of the image per pixel of the page
const HEAD = 44; // pixels above the plot, for title and legend
const INDENT = 12;

const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linejoin",
  "stroke-linecap",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
];

export async function imageOf(figure: HTMLElement, title: string): Promise<Blob> {
  const svg = figure.querySelector<SVGSVGElement>("svg.recharts-surface");
  const area = figure.querySelector<HTMLElement>(".chart-area");
  if (svg === null || area === null) throw new Error("this chart draws nothing");
  const canvas = document.createElement("canvas");
  const [width, height] = [area.clientWidth, area.clientHeight + HEAD];
  canvas.width = width * SHARP;
  canvas.height = height * SHARP;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas to draw on");
  context.scale(SHARP, SHARP);
  context.fillStyle = getComputedStyle(figure).backgroundColor;
  context.fillRect(0, 0, width, height);
  drawHead(context, figure, title);
  const backdrop = area.querySelector<HTMLCanvasElement>(".plot-backdrop canvas");
  if (backdrop !== null) {
    const [from, to] = [area.getBoundingClientRect(), backdrop.getBoundingClientRect()];
    context.imageSmoothingEnabled = false;
    context.drawImage(backdrop, to.left - from.left, HEAD + to.top - from.top, to.width, to.height);
  }
  context.drawImage(await pictureOf(svg), 0, HEAD);
  return await new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image came of the canvas"))), "image/png"),
  );
}

function drawHead(context: CanvasRenderingContext2D, figure: HTMLElement, title: string): void {
  const { color, fontFamily } = getComputedStyle(figure);
  const unit = figure.querySelector(".chart-unit")?.textContent ?? "";
  context.fillStyle = color;
  context.font = `600 14px ${fontFamily}`;
  context.fillText(unit === "" ? title : `${title} (${unit})`, INDENT, 18);
  context.font = `12px ${fontFamily}`;
  let left = INDENT;
  for (const button of figure.querySelectorAll<HTMLElement>(".chart-legend button[aria-pressed='true']")) {
    const key = button.querySelector("path, rect");
    const { stroke, fill } = key ? getComputedStyle(key) : { stroke: "", fill: "" };
    context.fillStyle = fill === "none" ? stroke : fill;
    context.fillRect(left, 30, 12, 4);
    context.fillStyle = color;
    const label = button.textContent;
    context.fillText(label, left + 16, 36);
    left += 32 + context.measureText(label).width;
  }
}

async function pictureOf(svg: SVGSVGElement): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, at) => {
    const style = getComputedStyle(originals[at] as Element);
    for (const name of STYLES) element.setAttribute(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const image = new Image(svg.clientWidth, svg.clientHeight);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
