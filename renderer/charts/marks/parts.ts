/** The parts of each token's time as lines of a chart, and how they are to be read. */
import { engineLabel } from "../../state/engines.js";
import { duration, text } from "../../state/format.js";
import { partLabel, partsOf, type Part } from "../../state/parts.js";
import type { Trace } from "../../state/trace.js";
import type { Line } from "./lines.js";
import { partColour } from "./part-colours.js";

const ms = (value: number) => text(duration(value));

/** From the bottom of the stack up. */
export const partLines = (trace: Trace): Line[] => partsOf(trace.tokens.split).map((part) => partLine(trace, part));

function partLine(trace: Trace, part: Part): Line {
  const { parts, split } = trace.tokens;
  const common = { trace, of: "tokens", look: "fill", text: ms } as const;
  return { ...common, id: part, label: partLabel(part, split), colour: partColour(part), column: parts[part] };
}

export function slowestLine(trace: Trace): Line {
  const common = { trace, of: "tokens", look: "faint", text: ms, greatestOnly: true } as const;
  return { ...common, id: "whole", label: "whole, slowest", colour: "var(--ink)", column: trace.tokens.stepMs };
}

export function unitOf({ tokens }: Trace, engine: string): string {
  if (tokens.split === "whole") return "ms";
  return tokens.split === "streamed"
    ? "ms; compute to predict are means over the threads"
    : `ms; ${engineLabel(engine)} does not report its parts`;
}
