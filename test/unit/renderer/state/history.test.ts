import { describe, expect, it } from "vitest";
import type { RunListing, RunPage } from "../../../../electron/ipc/contract.js";
import { runQuerySchema } from "../../../../electron/store/query.js";
import { historySession } from "../../../../renderer/state/history-session.js";
import {
  INITIAL_HISTORY,
  PAGE_ROWS,
  isFiltered,
  pageCount,
  reduceHistory,
  requestOf,
  withFilter,
  type HistoryAction,
} from "../../../../renderer/state/history.js";
import { createStore } from "../../../../renderer/state/store.js";
import { CallError, type PhononClient } from "../../../../renderer/transport/client.js";

const FACETS = { engine: [], target: [], model: [], status: [] };
const listing = (runId: string) => ({ runId }) as RunListing;
const pageOf = (runIds: string[], total = runIds.length): RunPage => ({
  rows: runIds.map(listing),
  total,
  facets: FACETS,
});
const after = (...actions: HistoryAction[]) => actions.reduce(reduceHistory, INITIAL_HISTORY);

describe("history", () => {
  it("asks what the control side takes, whatever is typed", () => {
    const text = ` ${"x".repeat(300)} `;
    const filters = { engine: "phonon", status: "done" } as const;
    const request = requestOf({ text, filters, sort: { by: "decodeTps", descending: true }, page: 3 });
    expect(runQuerySchema.parse(request)).toMatchObject({ ...filters, offset: 3 * PAGE_ROWS, limit: PAGE_ROWS });
    expect(request.text).toHaveLength(256);
    expect(requestOf(INITIAL_HISTORY.query)).not.toHaveProperty("text");
  });

  it("begins with the first page whenever it is filtered or sorted otherwise", () => {
    const turned = after({ type: "history.query", change: { page: 4 } });
    expect(turned.query.page).toBe(4);
    expect(reduceHistory(turned, { type: "history.query", change: { text: "a" } }).query.page).toBe(0);
  });

  it("never keeps chosen what is not in sight", () => {
    const chosen = after(
      { type: "history.page", page: pageOf(["A", "B", "C"]) },
      { type: "history.chosen", chosen: new Set(["A", "B"]) },
    );
    const page = reduceHistory(chosen, { type: "history.page", page: pageOf(["B", "C"]) });
    expect([...page.chosen]).toEqual(["B"]);
    expect(reduceHistory(chosen, { type: "history.query", change: { page: 1 } }).chosen.size).toBe(0);
  });

  it("knows whether it is filtered, and how many pages there are", () => {
    const { query } = INITIAL_HISTORY;
    expect([isFiltered(query), isFiltered({ ...query, text: "  " })]).toEqual([false, false]);
    expect(isFiltered({ ...query, filters: withFilter({}, "engine", "phonon") })).toBe(true);
    expect(withFilter({ engine: "phonon", status: "done" }, "engine", null)).toEqual({ status: "done" });
    expect([0, 1, PAGE_ROWS, PAGE_ROWS + 1].map(pageCount)).toEqual([1, 1, 1, 2]);
  });
});

/** Answers queries by hand, one after the other. */
function setUp() {
  const store = createStore(INITIAL_HISTORY, reduceHistory);
  const calls: { channel: string; request: unknown; answer: (value: unknown) => Promise<void> }[] = [];
  const call = (channel: string, request: unknown) =>
    new Promise((resolve, reject) => {
      const answer = async (value: unknown) => {
        if (value instanceof Error) reject(value);
        else resolve(value);
        await new Promise((done) => setTimeout(done));
      };
      calls.push({ channel, request, answer });
    });
  const failureOf = (error: unknown) => error as CallError;
  const client = { call } as unknown as PhononClient;
  return { store, calls, session: historySession(client, store.get, store.dispatch, failureOf) };
}

describe("history session", () => {
  it("asks once more after an answer for all that changed meanwhile", async () => {
    const { store, calls, session } = setUp();
    void session.refresh();
    void session.look({ text: "a" });
    void session.look({ text: "ab" });
    expect(calls).toHaveLength(1);
    await calls[0]?.answer(pageOf(["A"]));
    expect(calls.map(({ request }) => (request as { text?: string }).text)).toEqual([undefined, "ab"]);
    await calls[1]?.answer(pageOf(["B"]));
    expect([calls.length, store.get().page?.rows]).toEqual([2, [{ runId: "B" }]]);
  });

  it("turns back to the last page there is where the one that was shown is gone", async () => {
    const { store, calls, session } = setUp();
    void session.look({ page: 2 });
    await calls[0]?.answer(pageOf([], PAGE_ROWS + 1));
    expect(calls[1]?.request).toMatchObject({ offset: PAGE_ROWS });
    await calls[1]?.answer(pageOf(["Z"], PAGE_ROWS + 1));
    expect([store.get().query.page, store.get().page?.rows.length]).toEqual([1, 1]);
  });

  it("deletes, and looks again", async () => {
    const { store, calls, session } = setUp();
    const gone = session.remove(["A", "B"]);
    expect([calls[0]?.channel, calls[0]?.request]).toEqual(["runs.delete", { runIds: ["A", "B"] }]);
    expect(store.get().busy).toBe("Deleting …");
    await calls[0]?.answer(null);
    await calls[1]?.answer(pageOf([]));
    expect([await gone, store.get().busy, store.get().page?.total]).toEqual([true, null, 0]);
  });

  it("says why something could not be deleted", async () => {
    const { store, calls, session } = setUp();
    const gone = session.remove(["A"]);
    await calls[0]?.answer(new CallError({ code: "run_in_use", message: "Run A goes on." }));
    expect([await gone, store.get().failure?.code, store.get().busy]).toEqual([false, "run_in_use", null]);
  });

  it("exports run after run, and says where to", async () => {
    const { store, calls, session } = setUp();
    void session.exportAs(["A", "B"], "csv");
    await calls[0]?.answer({ path: "/x/A.csv", bytes: 10 });
    expect(calls[1]?.request).toEqual({ runId: "B", format: "csv" });
    await calls[1]?.answer({ path: "/x/B.csv", bytes: 20 });
    expect(store.get().exported).toEqual({ paths: ["/x/A.csv", "/x/B.csv"], bytes: 30 });
  });

  it("is silent about a connection that is lost: the window says that", async () => {
    const { store, calls, session } = setUp();
    void session.refresh();
    await calls[0]?.answer(new CallError({ code: "connection_lost", message: "" }));
    expect(store.get().failure).toBeNull();
    void session.refresh();
    expect(calls).toHaveLength(2);
  });
});
