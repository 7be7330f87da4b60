/** Values by place and row as colours, on a canvas in the frame of a chart: too many for paths. */
import { useLayoutEffect, useRef } from "react";
import type { HeatPlaces } from "../marks/heat.js";
import { useRamp } from "./use-ramp.js";

interface HeatMapProps {
  places: HeatPlaces;
  top: number; // the value that has the last colour
  width: number;
  height: number;
  x: (row: number) => number; // pixels
}

export function HeatMap({ places, top, width, height, x }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ramp = useRamp(canvas);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || ramp === null) return;
    const picture = pictureOf(places, top, ramp);
    context.clearRect(0, 0, width, height);
    if (picture === null) return;
    context.imageSmoothingEnabled = false;
    const { stride, from } = places;
    for (let place = 0; place < picture.width; place++) {
      const left = x(from + place * stride);
      const right = x(from + (place + 1) * stride);
      context.drawImage(picture, place, 0, 1, picture.height, left, 0, Math.max(right - left, 1) + 0.5, height);
    }
  });
  return <canvas className="chart-heat" ref={canvas} width={width} height={height} />;
}

const COLOURS = 256;

/** One pixel per value; layer 0 at the bottom. Null: there is none. */
function pictureOf({ rows, values }: HeatPlaces, top: number, ramp: Uint32Array): OffscreenCanvas | null {
  const width = rows === 0 ? 0 : values.length / rows;
  if (width === 0) return null;
  const pixels = new Uint32Array(width * rows);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? NaN;
    if (Number.isNaN(value)) continue;
    const [place, row] = [Math.floor(at / rows), at % rows];
    const colour = Math.min(COLOURS - 1, Math.floor((value / top) * COLOURS));
    pixels[(rows - 1 - row) * width + place] = ramp[colour] ?? 0;
  }
  const canvas = new OffscreenCanvas(width, rows);
  const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, rows);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
