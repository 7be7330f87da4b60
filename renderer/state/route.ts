/** Which view the address names, and what in it: #/run, #/history, #/history/RUN. */
import { useMemo, useSyncExternalStore } from "react";

export interface Route {
  view: string; // empty: none is named
  argument: string | null;
}

export function parseRoute(hash: string): Route {
  const [, view = "", argument = ""] = /^#\/([a-z]*)(?:\/([^/]+))?$/.exec(hash) ?? [];
  return { view, argument: decoded(argument) };
}

export function hrefOf(view: string, argument?: string): string {
  return argument === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(argument)}`;
}

export function goTo(view: string, argument?: string): void {
  location.hash = hrefOf(view, argument);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(
    (listener) => {
      window.addEventListener("hashchange", listener);
      return () => window.removeEventListener("hashchange", listener);
    },
    () => location.hash,
  );
  return useMemo(() => parseRoute(hash), [hash]);
}

/** An address is typed by people: what is no encoding of anything names nothing. */
function decoded(text: string): string | null {
  if (text === "") return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
