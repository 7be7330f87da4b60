import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 860px)"; // as in styles/

/** Whether the window has room for one thing beside another. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(NARROW);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => matchMedia(NARROW).matches,
  );
}
