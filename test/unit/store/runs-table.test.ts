import { describe, expect, it, vi } from "vitest";
import { SORT_KEYS, type RunQuery, type StoredListing } from "../../../electron/store/query.js";
import { RunsTable } from "../../../electron/store/runs-table.js";
import { listingOf, pseudoRandom } from "./listings.js";

vi.setConfig({ testTimeout: 30_000 }); // DuckDB and many files, on a busy machine

async function tableOf(listings: readonly StoredListing[]): Promise<RunsTable> {
  const table = await RunsTable.create();
  await table.update(listings, []);
  return table;
}

/** What a query means, said in another way. */
function expected(listings: readonly StoredListing[], query: RunQuery): { rows: StoredListing[]; total: number } {
  const { text = "", engine, target, model, status, offset = 0, limit = 50 } = query;
  const { by, descending } = query.sort ?? { by: "startedAt", descending: true };
  const words = text.toLowerCase().split(" ").filter(Boolean);
  const names = (run: StoredListing) =>
    Object.values({ ...run, startedAt: "", threads: "" }).flatMap((value) =>
      typeof value === "string" ? value.toLowerCase() : [],
    );
  const found = listings.filter(
    (run) =>
      words.every((word) => names(run).some((name) => name.includes(word))) &&
      (engine === undefined || run.engine === engine) &&
      (target === undefined || run.target === target) &&
      (model === undefined || run.model === model) &&
      (status === undefined || run.status === status),
  );
  const key = by === "startedAt" ? "runId" : by;
  found.sort((a, b) => {
    const [x, y] = [a[key], b[key]];
    if (x === y) return a.runId < b.runId ? 1 : -1;
    if (x === null || y === null) return x === null ? 1 : -1;
    return (x < y ? -1 : 1) * (descending ? -1 : 1);
  });
  return { rows: found.slice(offset, offset + limit), total: found.length };
}

describe("a query", () => {
  it("finds what it means, whatever it combines", async () => {
    const random = pseudoRandom(1);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    const listings = Array.from({ length: 1000 }, (_, i) => listingOf(i, random));
    const table = await tableOf(listings);
    for (let i = 0; i < 100; i++) {
      const run = pick(listings);
      const text = pick([undefined, "", "story", "LOCAL done", "gguf  phonon", run.runId.slice(0, 12), "nowhere"]);
      const query: RunQuery = {
        ...(text !== undefined && { text }),
        ...(random() < 0.3 && { engine: run.engine }),
        ...(random() < 0.3 && { target: run.target }),
        ...(random() < 0.3 && { model: run.model }),
        ...(random() < 0.3 && { status: run.status }),
        sort: { by: pick(SORT_KEYS), descending: random() < 0.5 },
        offset: pick([0, 0, 10, 990, 5000]),
        limit: pick([1, 50, 500]),
      };
      expect(await table.page(query), JSON.stringify(query)).toEqual(expected(listings, query));
    }
  });

  it("sees runs that changed and misses those that went", async () => {
    const random = pseudoRandom(2);
    const listings = Array.from({ length: 20 }, (_, i) => listingOf(i, random));
    const table = await tableOf(listings);
    const changed = { ...listings[3]!, status: "failed" as const, decodeTps: null };
    await table.update([changed], [changed.runId, listings[4]!.runId]);
    const now = listings.flatMap((run, i) => (i === 3 ? changed : i === 4 ? [] : run));
    expect(await table.page({})).toEqual(expected(now, {}));
  });

  it("counts the values there are, the most frequent first, of all runs", async () => {
    const random = pseudoRandom(3);
    const runs = (["phonon", "llama.cpp", "phonon"] as const).map((engine, i) => ({
      ...listingOf(i, random),
      ...{ engine, target: "local", model: "m", status: "done" as const },
    }));
    const damaged = { ...listingOf(3, random), engine: "?", target: "?", model: "?", status: "damaged" as const };
    expect(await (await tableOf([...runs, damaged])).facets()).toEqual({
      engine: [
        { value: "phonon", count: 2 },
        { value: "llama.cpp", count: 1 },
      ],
      target: [{ value: "local", count: 3 }],
      model: [{ value: "m", count: 3 }],
      status: [
        { value: "done", count: 3 },
        { value: "damaged", count: 1 },
      ],
    });
  });
});

describe("text from outside is data only", () => {
  const hostile = [
    "'; DROP TABLE runs; --",
    "\" OR 1=1; COPY runs TO '/tmp/x'",
    "$limit %_ \\ /* */ ?",
    "<script>alert(1)</script>",
    "a\0b",
    "\x1b[2J\r\n\t\u202e",
    "🦊é\u{10ffff}",
    "x".repeat(4096),
  ];

  it.each(hostile)("%j", async (name) => {
    const random = pseudoRandom(4);
    const run = { ...listingOf(0, random), engine: name, target: name, model: name, modelName: name, problem: name };
    const table = await tableOf([run, listingOf(1, random)]);
    for (const query of [{ engine: name }, { target: name }, { model: name }]) {
      expect(await table.page(query)).toEqual({ rows: [run], total: 1 });
    }
    const [word] = name.split(/\s+/).filter((part) => part.length > 3);
    if (word !== undefined) expect(await table.page({ text: word })).toEqual({ rows: [run], total: 1 });
    expect((await table.facets()).engine).toContainEqual({ value: name, count: 1 });
    expect((await table.page({ engine: `${name}'` })).total).toBe(0);
  });
});
