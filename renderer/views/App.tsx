import { useEffect } from "react";
import { ThemeToggle } from "../components/ThemeToggle.js";
import { useSelect, useSession } from "../state/context.js";
import type { Session } from "../state/session.js";
import { HistoryPanel } from "./HistoryPanel.js";
import { RunPanel } from "./RunPanel.js";
import { SetupPanel } from "./SetupPanel.js";

export function App() {
  useKeys(useSession());
  return (
    <>
      <header className="top">
        <h1>Phonon</h1>
        <ThemeToggle />
      </header>
      <ConnectionBanner />
      <main>
        <SetupPanel />
        <RunPanel />
        <HistoryPanel />
      </main>
    </>
  );
}

/** Control or Command and Enter runs, wherever the focus is; Escape cancels. */
function useKeys(session: Session): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.repeat || event.isComposing) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void session.run();
      } else if (event.key === "Escape") void session.cancel();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session]);
}

function ConnectionBanner() {
  const connection = useSelect((state) => state.connection);
  if (connection === "lost") {
    return (
      <div className="banner" role="alert">
        <strong>Connection lost.</strong> A run that is going on goes on. This page reconnects by itself and catches up;
        if Phonon was closed, start it again.
      </div>
    );
  }
  if (connection === "refused") {
    return (
      <div className="banner" role="alert">
        <strong>This address is no longer valid.</strong> Phonon was started again since: open the address that it
        printed.
      </div>
    );
  }
  return null;
}
