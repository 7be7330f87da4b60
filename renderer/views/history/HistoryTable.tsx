/** The runs that were kept, newest first. One that is clicked is replayed through the same views as a live one. */
import { useState } from "react";
import type { RunListing } from "../../../electron/ipc/contract.js";
import { EngineTag } from "../../components/EngineTag.js";
import { useSelect } from "../../state/context.js";
import { hrefOf } from "../../state/route.js";
import { NONE, digits, fileName, when } from "../../state/format.js";

const PAGE = 50;

export function HistoryTable() {
  const runs = useSelect((state) => state.runs);
  const [limit, setLimit] = useState(PAGE);
  const rest = (runs?.length ?? 0) - limit;
  return (
    <section className="panel history" aria-label="Past runs">
      <h2>Past runs</h2>
      {runs?.length === 0 && <p className="empty">Every run is kept and listed here.</p>}
      {runs !== null && runs.length > 0 && (
        <div className="table-area">
          <table>
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">Engine</th>
                <th scope="col" className="number">
                  Decode <small>tok/s</small>
                </th>
                <th scope="col" className="number">
                  Prefill <small>tok/s</small>
                </th>
                <th scope="col">Status</th>
                <th scope="col">Model</th>
                <th scope="col">Target</th>
              </tr>
            </thead>
            <tbody>
              {runs.slice(0, limit).map((run) => (
                <Row key={run.runId} run={run} />
              ))}
            </tbody>
          </table>
          {rest > 0 && (
            <button type="button" className="quiet" onClick={() => setLimit(limit + PAGE)}>
              Show more ({rest})
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function Row({ run }: { run: RunListing }) {
  const damaged = run.status === "damaged";
  return (
    <tr>
      <td>
        {damaged ? (
          when(run.startedAt, new Date())
        ) : (
          <a href={hrefOf("history", run.runId)}>{when(run.startedAt, new Date())}</a>
        )}
      </td>
      <td>{damaged ? NONE : <EngineTag engine={run.engine} />}</td>
      <td className="number">{figure(run.decodeTps)}</td>
      <td className="number">{figure(run.prefillTps)}</td>
      <td title={run.problem ?? undefined}>{run.status}</td>
      <td className="name" title={run.model}>
        {fileName(run.model)}
      </td>
      <td className="name">{run.target}</td>
    </tr>
  );
}

const figure = (value: number | null) => (value === null ? NONE : digits(value));
