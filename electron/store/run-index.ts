/**
 * The history as it can be queried: DuckDB over an index of the bundles. The bundles stay the only truth. DuckDB's own
 * files belong to one process at a time, but any number of Phonon programs may work on one data folder; so the database
 * is in memory, one per program, filled from a small file of listings (index-file.ts) that may be missing or wrong.
 *
 * Before every query it is looked which bundles there are: new ones are read, deleted ones go, and those that somebody may
 * still be writing are read again. So another program's runs show with the next query. Bundles that have ended do
 * not change by themselves; their files are looked at once when the program begins, and again whenever they are on the
 * page that a query returns, so that what was changed by hand shows as it is.
 */
import { join } from "node:path";
import { phononHome } from "../base/home.js";
import { inSlices } from "../base/slices.js";
import { runsFolder } from "./folder.js";
import { appendToIndexFile, loadIndexFile } from "./index-file.js";
import { listBundle, signatureOf, type ListedBundle } from "./listing.js";
import type { RunPage, RunQuery, StoredListing } from "./query.js";
import { RunIdWatch, runIds } from "./run-ids.js";
import { RunsTable } from "./runs-table.js";

const AT_ONCE = 16; // bundles that are read at the same time
const ATTEMPTS = 3; // of a page whose bundles change while it is read

class RunIndex {
  private readonly signatures = new Map<string, string>(); // of every run in the table
  private readonly unsettled = new Set<string>(); // those of them that somebody may still be writing
  private readonly watch = new RunIdWatch();
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly table: RunsTable) {}

  static async open(): Promise<RunIndex> {
    const index = new RunIndex(await RunsTable.create());
    const kept = await loadIndexFile();
    const unchanged: StoredListing[] = [];
    for await (const runId of inSlices(await runIds())) {
      const entry = kept.get(runId);
      if (entry?.signature !== signatureOf(runId)) continue;
      index.signatures.set(runId, entry.signature);
      unchanged.push(entry.listing);
    }
    await index.table.update(unchanged, []);
    return index;
  }

  /** Queries wait for each other. */
  query(query: RunQuery): Promise<RunPage> {
    const result = this.last.then(() => this.answer(query));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async answer(query: RunQuery): Promise<RunPage> {
    await this.refresh();
    for (let attempt = 1; ; attempt++) {
      const page = await this.table.page(query);
      const changed = page.rows.map((row) => row.runId).filter((runId) => this.hasChanged(runId));
      if (changed.length === 0 || attempt === ATTEMPTS) {
        const rows = page.rows.map((row) => ({ ...row, runDir: join(runsFolder(), row.runId) }));
        return { rows, total: page.total, facets: await this.table.facets() };
      }
      await this.read(changed, []);
    }
  }

  private async refresh(): Promise<void> {
    const ids = await this.watch.changed();
    const there = new Set(ids);
    const gone = ids ? [...this.signatures.keys()].filter((runId) => !there.has(runId)) : [];
    const fresh = ids?.filter((runId) => !this.signatures.has(runId)) ?? [];
    const stale = [...this.unsettled].filter((runId) => !gone.includes(runId));
    if (gone.length + fresh.length + stale.length > 0) await this.read([...fresh, ...stale], gone);
  }

  /** One that is not settled was read by `refresh`. */
  private hasChanged(runId: string): boolean {
    return !this.unsettled.has(runId) && this.signatures.get(runId) !== signatureOf(runId);
  }

  private async read(runIds: readonly string[], gone: readonly string[]): Promise<void> {
    const bundles = await listAll(runIds);
    const listings = bundles.map(({ listing }) => listing);
    await this.table.update(listings, [...gone, ...runIds.filter((runId) => this.signatures.has(runId))]);
    for (const runId of gone) {
      this.signatures.delete(runId);
      this.unsettled.delete(runId);
    }
    for (const { signature, settled, listing } of bundles) {
      this.signatures.set(listing.runId, signature);
      if (settled) this.unsettled.delete(listing.runId);
      else this.unsettled.add(listing.runId);
    }
    // A later version of this program may read what is damaged to this one.
    await appendToIndexFile(bundles.filter(({ settled, listing }) => settled && listing.status !== "damaged"));
  }
}

async function listAll(runIds: readonly string[]): Promise<ListedBundle[]> {
  const bundles: ListedBundle[] = [];
  const ids = runIds.values();
  const reader = async (): Promise<void> => {
    for (const runId of ids) bundles.push(await listBundle(runId));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return bundles;
}

let current: { home: string; index: Promise<RunIndex> } | undefined;

/** One page of the history of the data folder. */
export async function queryRuns(query: RunQuery = {}): Promise<RunPage> {
  const home = phononHome();
  if (current?.home !== home) current = { home, index: RunIndex.open() };
  const opened = current;
  try {
    return await (await opened.index).query(query);
  } catch (error) {
    if (current === opened) current = undefined; // the next query begins anew
    throw error;
  }
}
