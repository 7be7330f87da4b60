/**
 * The history as a table of DuckDB, in memory. Values reach a statement as parameters only; names of columns come from
 * the constants here. One call at a time.
 */
import type { DuckDBValue } from "@duckdb/node-api";
import { openDatabase, type Database } from "../base/duckdb.js";
import { inSlices } from "../base/slices.js";
import { FACETS, type RunPage, type RunQuery, type SortKey, type StoredListing } from "./query.js";

type ColumnType = "VARCHAR" | "DOUBLE"; // every count is below 2^53

const COLUMNS = {
  runId: "VARCHAR",
  startedAt: "VARCHAR",
  engine: "VARCHAR",
  target: "VARCHAR",
  model: "VARCHAR",
  modelName: "VARCHAR",
  comparison: "VARCHAR",
  status: "VARCHAR",
  threads: "DOUBLE",
  promptTokens: "DOUBLE",
  outputTokens: "DOUBLE",
  ttftMs: "DOUBLE",
  prefillTps: "DOUBLE",
  decodeTps: "DOUBLE",
  peakBytes: "DOUBLE",
  problem: "VARCHAR",
} as const satisfies Record<keyof StoredListing, ColumnType>;

const NAMES = Object.keys(COLUMNS) as (keyof StoredListing)[];
const MAX_FACET_VALUES = 200;
const DEFAULT_PAGE = 50;

/** What the text of a query is looked for in. */
const haystackOf = (run: StoredListing): string =>
  [run.runId, run.engine, run.target, run.model, run.modelName, run.comparison, run.status, run.problem]
    .join("\n")
    .toLowerCase();

export class RunsTable {
  private counted: Promise<RunPage["facets"]> | undefined; // as long as the table stays as it is

  private constructor(private readonly database: Database) {}

  static async create(): Promise<RunsTable> {
    const database = await openDatabase({ files: false });
    const columns = NAMES.map((name) => `${name} ${COLUMNS[name]}`);
    await database.connection.run(`CREATE TABLE runs (${columns.join(", ")}, haystack VARCHAR)`);
    return new RunsTable(database);
  }

  /** Takes out the runs `gone`, and then adds `listings`. A run that changed is in both. */
  async update(listings: readonly StoredListing[], gone: readonly string[]): Promise<void> {
    this.counted = undefined;
    if (gone.length > 0) {
      const { LIST, VARCHAR, listValue } = this.database.db;
      const [values, types] = [{ gone: listValue(gone) }, { gone: LIST(VARCHAR) }];
      await this.database.connection.run("DELETE FROM runs WHERE runId IN (SELECT unnest($gone))", values, types);
    }
    const appender = await this.database.connection.createAppender("runs");
    const rows = this.database.db.DuckDBDataChunkWriter.forAppender(appender);
    for await (const run of inSlices(listings)) rows.appendRow([...NAMES.map((name) => run[name]), haystackOf(run)]);
    rows.flush();
    appender.closeSync();
  }

  async page(query: RunQuery): Promise<{ rows: StoredListing[]; total: number }> {
    const { where, values } = conditionsOf(query);
    const { by, descending } = query.sort ?? { by: "startedAt", descending: true };
    const order = `${orderColumn(by)} ${descending ? "DESC" : "ASC"} NULLS LAST, runId DESC`;
    const [counted] = await this.rows<{ total: number }>(`SELECT count(*)::DOUBLE AS total FROM runs ${where}`, values);
    const rows = await this.rows<StoredListing>(
      `SELECT ${NAMES.join(", ")} FROM runs ${where} ORDER BY ${order} LIMIT $limit OFFSET $offset`,
      { ...values, limit: query.limit ?? DEFAULT_PAGE, offset: query.offset ?? 0 },
    );
    return { rows, total: counted?.total ?? 0 };
  }

  facets(): Promise<RunPage["facets"]> {
    return (this.counted ??= this.countFacets());
  }

  /** Of damaged bundles only the status is known. */
  private async countFacets(): Promise<RunPage["facets"]> {
    const counts = FACETS.map((facet) => {
      const of = facet === "status" ? "" : "WHERE status <> 'damaged'";
      return `SELECT '${facet}' AS facet, ${facet} AS value, count(*)::DOUBLE AS count FROM runs ${of} GROUP BY ${facet}`;
    });
    const all = await this.rows<{ facet: string; value: string; count: number }>(
      `${counts.join(" UNION ALL ")} ORDER BY count DESC, value`,
    );
    const of = (facet: string) =>
      all.flatMap((row) => (row.facet === facet ? [{ value: row.value, count: row.count }] : []));
    const some = (facet: string) => of(facet).slice(0, MAX_FACET_VALUES);
    return { engine: some("engine"), target: some("target"), model: some("model"), status: some("status") };
  }

  private async rows<Row>(sql: string, values: Record<string, DuckDBValue> = {}): Promise<Row[]> {
    return (await this.database.connection.runAndReadAll(sql, values)).getRowObjectsJS() as Row[];
  }
}

/** Names hold the time and never run backwards, which the wall clock may. */
const orderColumn = (by: SortKey): string => (by === "startedAt" ? "runId" : by);

function conditionsOf(query: RunQuery): { where: string; values: Record<string, DuckDBValue> } {
  const conditions: string[] = [];
  const values: Record<string, DuckDBValue> = {};
  for (const facet of FACETS) {
    const wanted = query[facet];
    if (wanted === undefined) continue;
    conditions.push(`${facet} = $${facet}`);
    values[facet] = wanted;
  }
  const words = (query.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  for (const [i, word] of words.entries()) {
    conditions.push(`contains(haystack, $word${i})`);
    values[`word${i}`] = word;
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "", values };
}
