/**
 * The figures of a run over its course, in columns: what charts draw, live and replayed. Columns only grow and are
 * shared between the views of a run; the rows that a view counts are its own. Beyond a number of rows the older ones are
 * thinned, into columns of their own.
 */
import type { Column } from "./columns.js";
import { NO_ROWS, thinnedRows, type Rows } from "./thinning.js";
import { SampleColumns, type SampleEvent } from "./trace-samples.js";
import { TokenColumns, type Thin, type TokenEvent } from "./trace-tokens.js";

export { type CoreColumns, type SampleColumns } from "./trace-samples.js";
export { MEDIAN_WINDOW, type LayerValues, type TokenColumns } from "./trace-tokens.js";

/** At the least half of them are in use once there were so many, and the latest eighth is never thinned. */
export const MOST_TOKEN_ROWS = 32_768;
export const MOST_SAMPLE_ROWS = 8192; // they are wider: of a phone's eight cores and six kinds of thermal zones

export interface Trace {
  count: number; // tokens
  firstMs: number | null; // when the first token came, since the run began
  lastMs: number | null;
  tokens: TokenColumns;
  tokenRows: Rows;
  sampleCount: number; // samples
  samples: SampleColumns;
  sampleRows: Rows;
}

export const emptyTrace = (): Trace => ({
  count: 0,
  firstMs: null,
  lastMs: null,
  tokens: new TokenColumns(),
  tokenRows: NO_ROWS,
  sampleCount: 0,
  samples: new SampleColumns(),
  sampleRows: NO_ROWS,
});

/** `textEnd`: how long the run's text is with this token. Changes `trace`: for a view that nobody has seen yet. */
export function addToken(trace: Trace, event: TokenEvent, textEnd: number): void {
  if (trace.tokenRows.count === MOST_TOKEN_ROWS) {
    const { rows, thin } = thinning(trace.tokenRows, MOST_TOKEN_ROWS);
    [trace.tokens, trace.tokenRows] = [trace.tokens.thinned(thin), rows];
  }
  trace.tokens.set(trace.tokenRows.count, trace.count, event, textEnd);
  trace.tokenRows = withOneMore(trace.tokenRows);
  trace.count += 1;
  trace.firstMs ??= event.t_ms;
  trace.lastMs = event.t_ms;
}

export function addSample(trace: Trace, event: SampleEvent): void {
  if (trace.sampleRows.count === MOST_SAMPLE_ROWS) {
    const { rows, thin } = thinning(trace.sampleRows, MOST_SAMPLE_ROWS);
    [trace.samples, trace.sampleRows] = [trace.samples.thinned(thin), rows];
  }
  trace.samples.set(trace.sampleRows.count, trace.sampleCount, event);
  trace.sampleRows = withOneMore(trace.sampleRows);
  trace.sampleCount += 1;
}

function thinning(before: Rows, most: number): { rows: Rows; thin: Thin } {
  const { rows, cuts } = thinnedRows(before, most);
  return { rows, thin: (column: Column, width?: number) => column.thinned(cuts, width) };
}

const withOneMore = (rows: Rows): Rows => ({ ...rows, count: rows.count + 1 });

/** From the first to the last token; null before there are two. */
export function meanTps({ count, firstMs, lastMs }: Trace): number | null {
  if (firstMs === null || lastMs === null || lastMs <= firstMs) return null;
  return ((count - 1) * 1000) / (lastMs - firstMs);
}

/** When the latest thing happened, in ms since the run began. */
export function lastMsOf({ lastMs, samples, sampleRows: { count } }: Trace): number {
  return Math.max(lastMs ?? 0, count === 0 ? 0 : samples.atMs.at(count - 1));
}
