/** What a run shall be, beside what it comes to. */
import { useEffect } from "react";
import { useSelect, useSession } from "../../state/context.js";
import type { Session } from "../../state/session.js";
import { RunPanel } from "./RunPanel.js";
import { SetupPanel } from "./SetupPanel.js";

export function RunPage() {
  useKeys(useSession());
  const run = useSelect((state) => state.run);
  return (
    <div className="run-page">
      <SetupPanel />
      <RunPanel run={run} />
    </div>
  );
}

/** Control or Command and Enter runs, wherever in this view the focus is; Escape cancels, unless it closed something. */
function useKeys(session: Session): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.repeat || event.isComposing || event.defaultPrevented) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void session.run();
      } else if (event.key === "Escape") void session.cancel();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session]);
}
