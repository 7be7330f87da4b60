/** What eyes make of colours: contrast, distance, and how the colour-blind see them. */
export type Rgb = [number, number, number]; // linear light, 0 to 1

export function parseHex(hex: string): Rgb {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const mix = ([r, g, b]: Rgb, [wr, wg, wb]: Rgb): number => r * wr + g * wg + b * wb;
const through = (colour: Rgb, [x, y, z]: [Rgb, Rgb, Rgb]): Rgb => [mix(colour, x), mix(colour, y), mix(colour, z)];

/** As WCAG 2 has it. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const luminance = (colour: Rgb): number => mix(colour, [0.2126, 0.7152, 0.0722]);

/** Machado, Oliveira and Fernandes (2009), severity 1. */
export const EYES: Record<string, [Rgb, Rgb, Rgb]> = {
  "all three cones": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

export function seenBy(eyes: string, colour: Rgb): Rgb {
  const matrix = EYES[eyes];
  if (matrix === undefined) throw new Error(`no eyes called ${eyes}`);
  return through(colour, matrix).map((channel) => Math.min(1, Math.max(0, channel))) as Rgb;
}

/** In CIELAB (D65): 2 can just be told apart, side by side. */
export function distance(a: Rgb, b: Rgb): number {
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function lab(colour: Rgb): Rgb {
  const [x, y, z] = through(colour, [
    [0.4124, 0.3576, 0.1805],
    [0.2126, 0.7152, 0.0722],
    [0.0193, 0.1192, 0.9505],
  ]);
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}
