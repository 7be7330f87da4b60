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
    const isMeant = (event: KeyboardEvent) => !event.repeat && !event.isComposing && !event.defaultPrevented;
    function onEnter(event: KeyboardEvent): void {
      if (!isMeant(event) || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void session.run();
    }
    function onEscape(event: KeyboardEvent): void {
      if (isMeant(event) && event.key === "Escape") void session.cancel();
    }
    document.addEventListener("keydown", onEnter, { capture: true }); // buttons keep Enter to themselves
    document.addEventListener("keydown", onEscape);
    return () => {
      document.removeEventListener("keydown", onEnter, { capture: true });
      document.removeEventListener("keydown", onEscape);
    };
  }, [session]);
}
