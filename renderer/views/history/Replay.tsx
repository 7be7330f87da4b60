/** A run of the store through the same views as a live one. */
import { useEffect } from "react";
import { useSelect, useSession } from "../../state/context.js";
import { hrefOf } from "../../state/route.js";
import { RunPanel } from "../run/RunPanel.js";

export function Replay({ runId }: { runId: string }) {
  const session = useSession();
  const run = useSelect((state) => state.replay);
  useEffect(() => void session.replay(runId), [session, runId]);
  return (
    <div className="replay-page">
      <p className="crumbs">
        <a href={hrefOf("history")}>History</a> / {runId}
      </p>
      <RunPanel run={run?.runId === runId ? run : null} />
    </div>
  );
}
