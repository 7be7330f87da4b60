/** What every thread did while one token was computed. */
import { z } from "zod";

/** Numbered as agents number them; new ones are added at the end. */
export const SPAN_KINDS = [
  "attention", // with norms, projections and the KV cache
  "predict",
  "admit", // cache management, and asking for what is missing
  "compute", // neurons
  "stall", // waiting for flash
  "idle", // other threads compute the rest
  "read", // the I/O thread: reads are under way, or are copied to where they belong
  "head", // the output head
  "sampling",
] as const;

export const MOST_SPANS = 32_768; // of a token, all threads together

/**
 * A thread's spans, four integers each: kind, layer (-1: none), begin and length in microseconds since the token began.
 * In order of time, without overlaps.
 */
export const threadSpans = z
  .array(z.number().int().min(-1).max(4_294_967_295))
  .max(4 * MOST_SPANS)
  .refine(inOrder, { message: "must be spans of known kinds, in order of time" });

function inOrder(spans: readonly number[]): boolean {
  if (spans.length % 4 !== 0) return false;
  let end = 0;
  for (let i = 0; i < spans.length; i += 4) {
    const [kind = -1, , begin = -1, length = -1] = spans.slice(i, i + 4);
    if (kind < 0 || kind >= SPAN_KINDS.length || begin < end || length < 0) return false;
    end = begin + length;
  }
  return true;
}
