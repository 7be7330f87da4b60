/** All runs that were kept: found, sorted, opened, exported, deleted. */
import { Notice } from "../../components/Notice.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { count } from "../../state/format.js";
import { isFiltered } from "../../state/history.js";
import { Exported } from "./Exported.js";
import { FilterBar } from "./FilterBar.js";
import { Pager } from "./Pager.js";
import { RunActions } from "./RunActions.js";
import { RunTable } from "./RunTable.js";

export function HistoryList() {
  const { page, query, chosen, failure } = useSelect((state) => state.history);
  const dispatch = useDispatch();
  const ids = [...chosen];
  return (
    <section className="panel history" aria-label="Runs">
      <div className="history-head">
        <h2>
          History <small>{page === null ? "" : total(page.total, isFiltered(query))}</small>
        </h2>
        <div className="history-actions">
          {ids.length > 0 && <span className="note">{count(ids.length)} chosen</span>}
          <RunActions runIds={ids} />
        </div>
      </div>
      <FilterBar />
      {failure && <Notice failure={failure} onDismiss={() => dispatch({ type: "history.failed", failure: null })} />}
      <Exported />
      {page !== null && (
        <>
          <RunTable page={page} />
          <Pager total={page.total} />
        </>
      )}
    </section>
  );
}

function total(runs: number, filtered: boolean): string {
  return `${count(runs)} ${runs === 1 ? "run" : "runs"}${filtered ? " found" : ""}`;
}
