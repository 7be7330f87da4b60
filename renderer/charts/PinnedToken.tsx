/** The exact figures of the token that is pinned, in a line that is always there, so that nothing moves. */
import { Button } from "../components/Button.js";
import { count, duration, text } from "../state/format.js";
import { PARTS, type Trace } from "../state/trace.js";
import { seconds } from "./data/x-text.js";
import { partColour } from "./marks/stack.js";
import { PART_LABELS } from "./run/PartsChart.js";
import { useX, useXStore } from "./x-store.js";

export function PinnedToken({ trace, runText }: { trace: Trace; runText: string }) {
  const store = useXStore();
  const pinned = useX((state) => state.pinned);
  if (pinned === null || pinned >= trace.count) return <p className="pinned-token none">No token is pinned</p>;
  const { tokens } = trace;
  const step = tokens.stepMs.at(pinned);
  const from = pinned === 0 ? 0 : tokens.textEnd.at(pinned - 1);
  return (
    <p className="pinned-token" data-testid="pinned">
      <strong>Token {count(pinned)}</strong>
      <q>{shown(runText.slice(from, tokens.textEnd.at(pinned)))}</q>
      <span>at {seconds(tokens.atMs.at(pinned))}</span>
      <span>{Number.isNaN(step) ? "out of prefill" : exact(step)}</span>
      {PARTS.map((part) => (
        <span key={part} className="pinned-part">
          <svg width="10" height="10" aria-hidden="true">
            <rect width="10" height="10" rx="1" fill={partColour(part)} />
          </svg>
          {PART_LABELS[part]} {exact(tokens.parts[part].at(pinned))}
        </span>
      ))}
      <Button variant="quiet" onPress={() => store.set({ pinned: null })}>
        Unpin
      </Button>
    </p>
  );
}

/** To the microsecond, as it was measured. */
function exact(ms: number): string {
  return ms >= 10_000
    ? text(duration(ms))
    : `${ms.toLocaleString("en-US", { minimumFractionDigits: 3, maximumFractionDigits: 3 })} ms`;
}

const shown = (tokenText: string) => tokenText.replaceAll("\n", "↵").replaceAll("\t", "⇥");
