/** What places of the x axis are called. */
import { count } from "../../state/format.js";
import type { XMode } from "./x-view.js";

const THOUSANDTHS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

export const seconds = (ms: number) => `${THOUSANDTHS.format(ms / 1000)} s`;

/** Always the same function for a mode. */
export const xTextOf = (mode: XMode): ((value: number) => string) => (mode === "tokens" ? count : seconds);
