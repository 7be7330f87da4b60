/** From a trace and the shared axis to how places are read; the same object while neither changes. */
import { useMemo } from "react";
import { seconds, tokensInWords } from "./data/x-text.js";
import { fullView, rowOfToken, tokenAt, xOfToken } from "./data/x-view.js";
import type { Trace } from "../state/trace.js";
import type { Reading } from "./reading.js";
import { useX, useXStore } from "./x-store.js";

/** `expected`: tokens that are awaited; null: no more come. */
export function useReadingOf(trace: Trace, expected: number | null): Reading {
  const store = useXStore();
  const mode = useX((state) => state.mode);
  const zoom = useX((state) => state.zoom);
  const pinned = useX((state) => state.pinned);
  return useMemo(() => {
    const full = fullView(trace, mode, expected);
    const end = xOfToken(trace, mode, trace.tokenRows.count - 1) || 0;
    const row = (x: number) => tokenAt(trace, mode, x);
    return {
      full,
      view: { mode, ...(zoom ?? { from: full.from, to: full.to }) },
      snap(x) {
        const within = Math.max(full.from, Math.min(x, mode === "tokens" ? end : full.to));
        return mode === "tokens" ? Math.round(within) : within;
      },
      heading(x) {
        const at = row(x);
        const ms = mode === "time" ? x : at === null ? 0 : trace.tokens.atMs.at(at);
        return at === null ? seconds(ms) : `${tokensInWords(trace, at)} · ${seconds(ms)}`;
      },
      pin(x) {
        const at = row(x);
        store.set({ pinned: at === null ? null : trace.tokens.number.at(at) });
      },
      unpin: () => store.set({ pinned: null }),
      pinned: pinned === null || pinned >= trace.count ? null : xOfToken(trace, mode, rowOfToken(trace, pinned)),
    };
  }, [store, trace, mode, zoom, pinned, expected]);
}
