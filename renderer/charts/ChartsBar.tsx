/** Above the charts: by what they go, how to get back from a zoom, and what drawing them costs. */
import { Button } from "../components/Button.js";
import { Hint } from "../components/Hint.js";
import { digits } from "../state/format.js";
import { msAtToken, tokenAtMs, type XMode } from "./data/x-view.js";
import { thinnedInWords } from "./data/x-text.js";
import type { Trace } from "../state/trace.js";
import type { RedrawCost } from "./turns.js";
import { useX, useXStore } from "./x-store.js";

const MODES: readonly [XMode, string][] = [
  ["tokens", "by token"],
  ["time", "by time"],
];

const KEYS =
  "In a chart that has the focus: arrows move the cursor, with Shift the view; + and - zoom, 0 shows the whole run; " +
  "Enter pins the token, Escape lets it go.";

export function ChartsBar({ trace, cost }: { trace: Trace; cost: RedrawCost | null }) {
  const store = useXStore();
  const mode = useX((state) => state.mode);
  const thinned = thinnedInWords(trace);
  const isZoomed = useX((state) => state.zoom !== null);

  function change(to: XMode): void {
    const { zoom } = store.get();
    const place = (x: number) => (to === "time" ? msAtToken(trace, x) : tokenAtMs(trace, x) || 0);
    const moved = zoom && to !== mode ? { from: place(zoom.from), to: place(zoom.to) } : zoom;
    store.set({ mode: to, zoom: moved, cursor: null });
  }

  return (
    <div className="charts-bar">
      <div className="x-modes" role="group" aria-label="Horizontal axis">
        {MODES.map(([id, label]) => (
          <button key={id} type="button" aria-pressed={mode === id} onClick={() => change(id)}>
            {label}
          </button>
        ))}
      </div>
      <Button variant="quiet" isDisabled={!isZoomed} onPress={() => store.set({ zoom: null })}>
        Whole run
      </Button>
      <span className="charts-hint">
        <Hint text={thinned === null ? KEYS : `${thinned} ${KEYS}`}>
          {thinned ?? "Drag, or Ctrl and wheel, to zoom; click to pin a token"}
        </Hint>
      </span>
      <span className="redraw-cost">
        {cost !== null && (
          <Hint text="Time of this window's main thread, for all charts in sight">
            redraw {digits(cost.ms)} ms · {digits(100 * cost.share)} % of a core
          </Hint>
        )}
      </span>
    </div>
  );
}
