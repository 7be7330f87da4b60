/** One page of the history. What fits in a window is drawn first, the rows below it when that has been painted. */
import { useDeferredValue, useMemo } from "react";
import type { RunListing, RunPage, SortKey } from "../../../electron/ipc/contract.js";
import { LongTable } from "../../components/LongTable.js";
import { useDispatch, useSelect, useSession } from "../../state/context.js";
import type { HistoryQuery } from "../../state/history.js";
import { goTo } from "../../state/route.js";
import { useNarrow } from "../use-narrow.js";
import { COLUMNS, NARROW_COLUMNS, withBars } from "./columns.js";

const ROWS_AT_FIRST = 20;

export function RunTable({ page }: { page: RunPage }) {
  const { query, chosen } = useSelect((state) => state.history);
  const { history } = useSession();
  const dispatch = useDispatch();
  const narrow = useNarrow();
  const table = useMemo(() => {
    const columns = withBars(narrow ? NARROW_COLUMNS : COLUMNS, page.rows);
    return { columns, rows: page.rows };
  }, [narrow, page.rows]);
  const { columns, rows } = useDeferredValue(table, { ...table, rows: table.rows.slice(0, ROWS_AT_FIRST) });
  if (page.rows.length === 0) {
    return <p className="empty">No run is kept that fits. Every run is listed here from when it begins.</p>;
  }
  return (
    <LongTable
      label="Runs"
      columns={columns}
      rows={rows}
      isBegun={rows.length < page.rows.length}
      keyOf={keyOf}
      sort={query.sort}
      onSort={(by) => void history.look({ sort: nextSort(query.sort, by) })}
      chosen={chosen}
      onChosen={(runs) => dispatch({ type: "history.chosen", chosen: runs })}
      onOpen={(runId) => goTo("history", runId)}
    />
  );
}

const keyOf = ({ runId }: RunListing) => runId;

/** Figures and times are looked at from the largest and latest on, names from A; the same column again: reversed. */
export function nextSort(before: HistoryQuery["sort"], by: SortKey): HistoryQuery["sort"] {
  if (by === before.by) return { by, descending: !before.descending };
  const column = COLUMNS.find(({ id }) => id === by);
  return { by, descending: column?.number === true || by === "startedAt" };
}
