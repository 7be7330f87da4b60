/** Spans as paths: a colour and a height for each kind, so that colours are not all there is. */
import { SPAN_KINDS, layerStarts, type SpanKind, type TokenTimeline } from "../../state/timelines.js";
import { partLabel, type Part } from "../../state/parts.js";
import type { Mark, Scale } from "../marks/mark.js";
import { partColour } from "../marks/part-colours.js";

interface Look {
  label: string;
  colour: string;
  height: number; // of the row, from its lower edge
}

const ofPart = (part: Part, height: number): Look => ({
  ...{ label: partLabel(part, "streamed"), colour: partColour(part), height },
});

export const LOOKS: Record<SpanKind, Look> = {
  attention: ofPart("attention", 1),
  predict: ofPart("predict", 1),
  admit: ofPart("cache", 1),
  compute: ofPart("ffn", 1),
  stall: ofPart("stall", 0.5),
  idle: { ...ofPart("idle", 0.15), label: "idle" },
  read: { label: "read", colour: "var(--span-read)", height: 0.75 },
  head: { ...ofPart("other", 1), label: "output head" },
  sampling: ofPart("sampling", 1),
};

const ROW = 0.8; // of the distance of rows
const LEAST = 0.6; // pixels, that a span is at least wide: what is there is seen

/** The first row is the uppermost. */
export const rowTop = (rows: number, at: number) => rows - at - (1 - ROW) / 2;

export function spanMarks(timeline: TokenTimeline, from: number, to: number): Mark[] {
  return SPAN_KINDS.map((kind) => ({
    series: kind,
    look: "fill",
    colour: LOOKS[kind].colour,
    path: (scale) => pathOf(timeline, kind, from, to, scale),
  }));
}

/** Spans that share a pixel are drawn once. */
function pathOf({ rows }: TokenTimeline, kind: SpanKind, from: number, to: number, { x, y }: Scale): string {
  const parts: string[] = [];
  for (const [at, { spans }] of rows.entries()) {
    const bottom = rowTop(rows.length, at) - ROW;
    const [low, high] = [y(bottom).toFixed(1), y(bottom + ROW * LOOKS[kind].height).toFixed(1)];
    let drawn = -Infinity; // pixels
    for (const span of spans) {
      if (span.kind !== kind || span.to < from || span.from > to) continue;
      const left = Math.max(x(Math.max(span.from, from)), drawn);
      const right = Math.max(x(Math.min(span.to, to)), left + LEAST);
      if (x(span.to) <= drawn) continue;
      parts.push(`M${left.toFixed(1)} ${low}V${high}H${right.toFixed(1)}V${low}Z`);
      drawn = right;
    }
  }
  return parts.join("");
}

/** A line where a layer begins. */
export function layerMark(timeline: TokenTimeline, from: number, to: number): Mark {
  const starts = layerStarts(timeline).filter((start) => start.from >= from && start.from <= to);
  return {
    series: "layers",
    look: "faint",
    colour: "var(--ink)",
    path: ({ x, height }) => starts.map((start) => `M${x(start.from).toFixed(1)} 0V${height}`).join(""),
  };
}
