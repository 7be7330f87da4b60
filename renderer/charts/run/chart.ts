/** What every chart of a run is given. */
import type { Trace } from "../../state/trace.js";

export interface ChartProps {
  trace: Trace;
  engine: string;
  neurons: number | null; // of a layer
  target: string; // as it is called in a sentence: "this computer", "this phone"
}
