/** What can be asked of the history, and what comes back. Imports nothing that a contract should not pull in. */
import { z } from "zod";
import { RUN_STATUSES } from "./run-summary.js";

const name = z.string().max(4096);

export const LISTED_STATUSES = [...RUN_STATUSES, "damaged"] as const;

/** One line of the history. Null: not measured, or not known. */
export const listingSchema = z.strictObject({
  runId: z.string(),
  startedAt: z.string(), // ISO 8601, by the wall clock of the time
  engine: name,
  target: name,
  model: name, // the file's path on this computer
  modelName: name.nullable(), // as its metadata says
  comparison: name.nullable(), // the comparison that the run belongs to
  status: z.enum(LISTED_STATUSES),
  threads: z.number().nullable(),
  promptTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  ttftMs: z.number().nullable(),
  prefillTps: z.number().nullable(),
  decodeTps: z.number().nullable(),
  peakBytes: z.number().nullable(),
  problem: name.nullable(), // what is wrong, where the status is "damaged"
});

export type StoredListing = z.infer<typeof listingSchema>;
export type RunListing = StoredListing & { runDir: string };

export const FACETS = ["engine", "target", "model", "status"] as const;
export type Facet = (typeof FACETS)[number];

/** "startedAt" is the order in which the runs were begun, which holds also where the clock was set back between them. */
export const SORT_KEYS = [
  "startedAt",
  "engine",
  "target",
  "model",
  "status",
  "promptTokens",
  "outputTokens",
  "ttftMs",
  "prefillTps",
  "decodeTps",
  "peakBytes",
] as const satisfies readonly (keyof StoredListing)[];
export type SortKey = (typeof SORT_KEYS)[number];

export const runQuerySchema = z.strictObject({
  /** Every word of it must occur in the run's names, in any case of letters. */
  text: z.string().max(256).optional(),
  engine: name.optional(),
  target: name.optional(),
  model: name.optional(),
  status: z.enum(LISTED_STATUSES).optional(),
  /** What is not known comes last in both directions. */
  sort: z.strictObject({ by: z.enum(SORT_KEYS), descending: z.boolean() }).optional(),
  offset: z.int().min(0).max(10_000_000).optional(),
  limit: z.int().min(1).max(500).optional(),
});

export type RunQuery = z.infer<typeof runQuerySchema>;

export interface RunPage {
  rows: RunListing[];
  total: number; // of the runs that the filters let through
  /** The values there are in the whole history, whatever the filters, the most frequent first. */
  facets: Record<Facet, { value: string; count: number }[]>;
}
