/**
 * The history as it can be queried: DuckDB over an index of the bundles. The bundles stay the only truth. DuckDB's own
 * files belong to one process at a time, but any number of Phonon programs may work on one data folder; so the database
 * is in memory, one per program, filled from a small file of listings (index-file.ts) that may be missing or wrong.
 *
 * Before every query the names of the bundles are listed: new ones are read, deleted ones go, and those that somebody
 * may still be writing are read again. So another program's runs show with the next query. Bundles that have ended do
 * not change by themselves; their files are looked at once when the program begins, and again whenever they are on the
 * page that a query returns, so that what was changed by hand shows as it is.
 */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { phononHome } from "../base/home.js";
import { runsFolder } from "./folder.js";
import { appendToIndexFile, loadIndexFile } from "./index-file.js";
import { listBundle, signatureOf, type ListedBundle } from "./listing.js";
import type { RunPage, RunQuery, StoredListing } from "./query.js";
import { runIds } from "./run-ids.js";
import { RunsTable } from "./runs-table.js";

const AT_ONCE = 16; // bundles that are read at the same time
const SLICE = 256; // bundles whose files are looked at before other work gets its turn
const ATTEMPTS = 3; // of a page whose bundles change while it is read

type Known = Pick<ListedBundle, "signature" | "settled">;

class RunIndex {
  private readonly known = new Map<string, Known>();
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly table: RunsTable) {}

  static async open(): Promise<RunIndex> {
    const index = new RunIndex(await RunsTable.create());
    const kept = await loadIndexFile();
    const unchanged: StoredListing[] = [];
    for (const [i, runId] of (await runIds()).entries()) {
      if (i % SLICE === SLICE - 1) await setImmediate();
      const entry = kept.get(runId);
      if (entry?.signature !== signatureOf(runId)) continue;
      index.known.set(runId, { signature: entry.signature, settled: true });
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
    const ids = await runIds();
    const there = new Set(ids);
    const gone = [...this.known.keys()].filter((runId) => !there.has(runId));
    const stale = ids.filter((runId) => !this.known.get(runId)?.settled);
    if (gone.length > 0 || stale.length > 0) await this.read(stale, gone);
  }

  /** One that is not settled was read by `refresh`. */
  private hasChanged(runId: string): boolean {
    const known = this.known.get(runId);
    return known?.settled === true && known.signature !== signatureOf(runId);
  }

  private async read(runIds: readonly string[], gone: readonly string[]): Promise<void> {
    const bundles = await listAll(runIds);
    await this.table.update(
      bundles.map(({ listing }) => listing),
      [...gone, ...runIds.filter((runId) => this.known.has(runId))],
    );
    for (const runId of gone) this.known.delete(runId);
    for (const { signature, settled, listing } of bundles) this.known.set(listing.runId, { signature, settled });
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
