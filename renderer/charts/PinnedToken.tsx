/** The exact figures of the token that is pinned, in a line that is always there, so that nothing moves. */
import { Button } from "../components/Button.js";
import { duration, text } from "../state/format.js";
import { partLabel, partsOf } from "../state/parts.js";
import type { RunView } from "../state/run-view.js";
import { seconds, tokensInWords } from "./data/x-text.js";
import { rowOfToken, together } from "./data/x-view.js";
import { partColour } from "./marks/part-colours.js";
import { useX, useXStore } from "./x-store.js";

export function PinnedToken({ run }: { run: RunView }) {
  const store = useXStore();
  const pinned = useX((state) => state.pinned);
  const { trace } = run;
  if (pinned === null || pinned >= trace.count) return <p className="pinned-token none">No token is pinned</p>;
  const { tokens, tokenRows } = trace;
  const row = rowOfToken(trace, pinned);
  const isThinned = row < tokenRows.thinned;
  const steps = together(row, tokenRows).map((at) => tokens.stepMs.at(at));
  const step = Math.max(...steps);
  return (
    <p className="pinned-token" data-testid="pinned">
      <strong>{tokensInWords(trace, row)}</strong>
      {!isThinned && <q>{shown(textOf(run, row))}</q>}
      <span>at {seconds(tokens.atMs.at(row))}</span>
      <span>{Number.isNaN(step) ? "out of prefill" : `${isThinned ? "slowest " : ""}${exact(step)}`}</span>
      {isThinned && <span>on average:</span>}
      {partsOf(tokens.split).map((part) => (
        <span key={part} className="pinned-part">
          <svg width="10" height="10" aria-hidden="true">
            <rect width="10" height="10" rx="1" fill={partColour(part)} />
          </svg>
          {partLabel(part, tokens.split)} {exact(tokens.parts[part].at(row))}
        </span>
      ))}
      <Button variant="quiet" onPress={() => store.set({ pinned: null })}>
        Unpin
      </Button>
    </p>
  );
}

/** What a token added to the text; of the first one after those that are thinned, nobody knows where it begins. */
function textOf({ text: latest, textStart, trace: { tokens, tokenRows } }: RunView, row: number): string {
  const from = row === 0 ? 0 : row === tokenRows.thinned ? Infinity : tokens.textEnd.at(row - 1);
  return from < textStart ? "" : latest.slice(from - textStart, tokens.textEnd.at(row) - textStart);
}

/** To the microsecond, as it was measured. */
function exact(ms: number): string {
  return ms >= 10_000
    ? text(duration(ms))
    : `${ms.toLocaleString("en-US", { minimumFractionDigits: 3, maximumFractionDigits: 3 })} ms`;
}

const shown = (tokenText: string) => tokenText.replaceAll("\n", "↵").replaceAll("\t", "⇥");
