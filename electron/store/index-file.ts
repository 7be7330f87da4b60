/**
 * runs-index.jsonl in the data folder: what listing the bundles came to, so that the next program need not read them all
 * again. One line per listing, appended; of several lines of one run the last one counts. It is never trusted: a line
 * that is not whole or not of this version is passed over, a listing counts only while its bundle's files are unchanged,
 * and where the file is missing or cannot be written, the bundles are read again. Several programs may append to it.
 */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../base/atomic.js";
import { phononHome } from "../base/home.js";
import { inSlices } from "../base/slices.js";
import { listingSchema } from "./query.js";

const VERSION = 1; // of what a listing's values mean; its fields are checked anyway

const lineSchema = z.object({ version: z.literal(VERSION), signature: z.string(), listing: listingSchema });

export type IndexedListing = Omit<z.infer<typeof lineSchema>, "version">;

export const indexFile = (): string => join(phononHome(), "runs-index.jsonl");

/** By run. Lines that are no longer needed are removed from a file that holds many of them. */
export async function loadIndexFile(): Promise<Map<string, IndexedListing>> {
  const found = new Map<string, IndexedListing>();
  const text = await readFile(indexFile(), "utf8").catch(() => ""); // not there, or not to be read: an empty index
  const lines = text.split("\n");
  for await (const line of inSlices(lines)) {
    const entry = parse(line);
    if (entry) found.set(entry.listing.runId, entry);
  }
  if (lines.length > 2 * found.size + 1000) {
    await writeAtomic(indexFile(), [...found.values()].map(lineOf)).catch(() => undefined); // as good as before
  }
  return found;
}

export async function appendToIndexFile(entries: readonly IndexedListing[]): Promise<void> {
  if (entries.length === 0) return;
  await appendFile(indexFile(), entries.map(lineOf).join("")).catch(() => undefined); // then they are read again
}

const lineOf = ({ signature, listing }: IndexedListing): string =>
  `${JSON.stringify({ version: VERSION, signature, listing })}\n`;

function parse(line: string): IndexedListing | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // not JSON: torn, or the last line's end
  }
}
