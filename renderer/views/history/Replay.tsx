/** A run of the store through the same views as a live one. */
import { useEffect } from "react";
import { Button } from "../../components/Button.js";
import { useDispatch, useSelect, useSession } from "../../state/context.js";
import { goTo, hrefOf } from "../../state/route.js";
import { Notice } from "../../components/Notice.js";
import { RunPanel } from "../run/RunPanel.js";
import { Exported } from "./Exported.js";
import { RunActions } from "./RunActions.js";

export function Replay({ runId }: { runId: string }) {
  const session = useSession();
  const dispatch = useDispatch();
  const replay = useSelect((state) => state.replay);
  const failure = useSelect((state) => state.history.failure);
  const run = replay?.runId === runId ? replay : null;
  useEffect(() => void session.replay(runId), [session, runId]);
  return (
    <div className="replay">
      <div className="history-head">
        <h2 className="crumbs">
          <a href={hrefOf("history")}>History</a> <span aria-hidden="true">/</span> <span>{runId}</span>
        </h2>
        <div className="history-actions">
          {run?.live && <Button onPress={() => void session.cancel(runId)}>Cancel run</Button>}
          <RunActions runIds={run === null || run.live ? [] : [runId]} onDeleted={() => goTo("history")} />
        </div>
      </div>
      {failure && <Notice failure={failure} onDismiss={() => dispatch({ type: "history.failed", failure: null })} />}
      <Exported />
      <RunPanel run={run} />
    </div>
  );
}
