/** Which view the address names, and what in it: #/run, #/history, #/history/RUN. */
import { startTransition, useEffect, useMemo, useState } from "react";

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

/** What is opened within a view, a run with its charts, is made in slices, between which the page answers. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => {
      const change = () => setHash(location.hash);
      if (parseRoute(location.hash).argument === null) change();
      else startTransition(change);
    };
    follow(); // it may have changed since it was read
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
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
