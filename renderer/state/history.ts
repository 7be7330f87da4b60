/** The history as it is looked at: what is asked for, and the page that answers it. */
import type { Failure, RunPage, RunQuery, SortKey } from "../../electron/ipc/contract.js";

export const PAGE_ROWS = 50;

export const FILTERS = ["engine", "target", "model", "status"] as const;
export type Filter = (typeof FILTERS)[number];
export type Filters = Readonly<Pick<RunQuery, Filter>>;

export interface HistoryQuery {
  text: string;
  filters: Filters;
  sort: { by: SortKey; descending: boolean };
  page: number; // from 0
}

export interface History {
  query: HistoryQuery;
  page: RunPage | null; // null: not asked for yet
  chosen: ReadonlySet<string>; // runs
  busy: string | null; // what is being done with the chosen ones
  exported: { paths: string[]; bytes: number } | null;
  failure: Failure | null;
}

export const INITIAL_HISTORY: History = {
  query: { text: "", filters: {}, sort: { by: "startedAt", descending: true }, page: 0 },
  page: null,
  chosen: new Set(),
  busy: null,
  exported: null,
  failure: null,
};

export type HistoryAction =
  | { type: "history.query"; change: Partial<HistoryQuery> }
  | { type: "history.page"; page: RunPage }
  | { type: "history.chosen"; chosen: ReadonlySet<string> }
  | { type: "history.busy"; busy: string | null }
  | { type: "history.exported"; exported: History["exported"] }
  | { type: "history.failed"; failure: Failure | null };

export function reduceHistory(history: History, action: HistoryAction): History {
  switch (action.type) {
    case "history.query": // what was chosen may be out of sight now, and nobody deletes what they do not see
      return { ...history, query: { ...history.query, page: 0, ...action.change }, chosen: new Set() };
    case "history.page": {
      const there = new Set(action.page.rows.map(({ runId }) => runId));
      const chosen = new Set([...history.chosen].filter((runId) => there.has(runId)));
      return { ...history, page: action.page, chosen };
    }
    case "history.chosen":
      return { ...history, chosen: action.chosen };
    case "history.busy":
      return { ...history, busy: action.busy };
    case "history.exported":
      return { ...history, exported: action.exported, failure: null };
    case "history.failed":
      return { ...history, failure: action.failure, exported: null };
  }
}

export function requestOf({ text, filters, sort, page }: HistoryQuery): RunQuery {
  const words = text.trim().slice(0, 256);
  return { ...(words === "" ? {} : { text: words }), ...filters, sort, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
}

export const isFiltered = ({ text, filters }: HistoryQuery): boolean =>
  text.trim() !== "" || Object.keys(filters).length > 0;

/** `value`: one of those that the history told of; null: any. */
export function withFilter(filters: Filters, name: Filter, value: string | null): Filters {
  const changed = { ...filters, [name]: value ?? undefined };
  return Object.fromEntries(Object.entries(changed).filter(([, kept]) => kept !== undefined));
}

/** How many pages there are; at least one, which may be empty. */
export const pageCount = (total: number): number => Math.max(1, Math.ceil(total / PAGE_ROWS));
