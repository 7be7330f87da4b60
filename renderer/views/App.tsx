/** The frame: the rail, what is wrong with the connection, and the view that the address names. */
import { useEffect, useRef } from "react";
import { useSelect } from "../state/context.js";
import { useRoute } from "../state/route.js";
import { Nav } from "./Nav.js";
import { VIEWS } from "./index.js";
import { runView } from "./run/index.js";
import { useTop } from "./use-top.js";

export function App() {
  const { view, argument } = useRoute();
  const shown = VIEWS.find(({ name }) => name === view) ?? runView;
  const main = useRef<HTMLElement>(null);
  useTop(main, `${shown.name}/${argument}`);

  useEffect(() => {
    document.title = `${shown.label} · Phonon`;
    // What had the focus may be gone with the view before: the keyboard goes on from here, not from the page's start.
    if (document.activeElement === document.body) main.current?.focus();
  }, [shown, argument]);

  return (
    <div className="frame">
      <Nav current={shown.name} />
      <div className="stage">
        <ConnectionBanner />
        <main ref={main} tabIndex={-1} aria-label={shown.label} className={`view-${shown.name}`}>
          <shown.component argument={argument} />
        </main>
      </div>
    </div>
  );
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
