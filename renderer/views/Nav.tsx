/** The rail at the window's side (in a narrow window: at its top) that leads from view to view. */
import { ThemeMenu } from "./ThemeMenu.js";
import { useSelect } from "../state/context.js";
import { hrefOf } from "../state/route.js";
import { isRunning } from "../state/state.js";
import { VIEWS } from "./index.js";

export function Nav({ current }: { current: string }) {
  const goingOn: Record<string, string | false> = {
    run: useSelect(isRunning) && "a run goes on",
    compare: useSelect(({ comparing }) => comparing.length > 0) && "a comparison goes on",
    studies: useSelect(({ studying }) => studying.length > 0) && "a study goes on",
  };
  return (
    <header className="rail">
      <h1 className="brand">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        <span>Phonon</span>
      </h1>
      <nav aria-label="Views">
        {VIEWS.map(({ name, label, icon }) => (
          <a key={name} href={hrefOf(name)} className="rail-item" aria-current={name === current ? "page" : undefined}>
            <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
              <path d={icon} />
            </svg>
            {label}
            {goingOn[name] && <span className="live-dot" role="img" aria-label={goingOn[name]} />}
          </a>
        ))}
      </nav>
      <ThemeMenu />
    </header>
  );
}
