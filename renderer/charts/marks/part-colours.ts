/** A part of a token's time has one colour: in its stack, in what threads do, in legends and tables. */
import type { Part } from "../../state/parts.js";

const COLOURS: Record<Part, string> = {
  attention: "var(--part-attention)",
  predict: "var(--span-predict)",
  cache: "var(--span-admit)",
  ffn: "var(--part-ffn)",
  stall: "var(--span-stall)",
  idle: "var(--span-idle)",
  sampling: "var(--part-sampling)",
  other: "var(--part-other)",
};

export const partColour = (part: Part): string => COLOURS[part];
