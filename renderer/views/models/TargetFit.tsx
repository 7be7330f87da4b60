/** How one model stands with one target: whether it is there, what it needs, what else would fit. */
import { useState } from "react";
import type { Failure, FitReport, ModelEntry, Suggestion, TargetInfo } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Notice } from "../../components/Notice.js";
import { failureOf, useAnswer } from "../../state/answer.js";
import { useClient, useDispatch, useSelect } from "../../state/context.js";
import { bytes, text } from "../../state/format.js";
import { fitInWords, placeInWords, suggestionInWords, valueOf, type Place } from "../../state/models.js";
import { plain } from "../../state/plain.js";
import { goTo } from "../../state/route.js";
import { inBudget } from "../../state/setup-streaming.js";
import type { Setup } from "../../state/setup.js";
import { stateInWords } from "../../state/targets.js";

interface TargetFitProps {
  model: ModelEntry;
  target: TargetInfo;
  place: Place | undefined; // undefined: not known
  context: number | undefined;
  onContext: (typed: string) => void;
  onHashed: () => void;
}

export function TargetFit({ model, target, place, context, onContext, onHashed }: TargetFitProps) {
  const { id, state } = target;
  const isReady = state === "ready";
  const request = { path: model.path, target: id, ...(context !== undefined && { context }) };
  const fit = useAnswer("models.fit", isReady ? request : undefined, state);
  const words = fit.value && fitInWords(fit.value);
  const there = isReady && place ? placeInWords(place, model.fileBytes) : null;
  return (
    <section className="target-fit" aria-label={plain(target.name, 80)}>
      <header>
        <strong>{plain(target.name, 80)}</strong>
        {!isReady && <span className="state warn">{stateInWords(target).label}</span>}
        {there && <span className={there.isThere ? "place there" : "place"}>{there.words}</span>}
        {words && <span className={`verdict ${words.tone}`}>{words.verdict}</span>}
      </header>
      {isReady && place?.state === "perhaps" && <TellApart path={model.path} onHashed={onHashed} />}
      {!isReady && target.remedy !== null && <p className="note">{target.remedy}</p>}
      {isReady && fit.value === null && fit.failure === null && <p className="empty">Asking …</p>}
      {fit.failure && <Notice failure={fit.failure} />}
      {fit.value && <NeedsBar fit={fit.value} />}
      {words && <p className="note">{words.reason}</p>}
      {fit.value && fit.value.suggestions.length > 0 && (
        <Suggestions model={model} suggestions={fit.value.suggestions} target={id} onContext={onContext} />
      )}
    </section>
  );
}

/** A file of the model's size is there: reading the whole model tells whether it is that one. */
function TellApart({ path, onHashed }: { path: string; onHashed: () => void }) {
  const client = useClient();
  const [isReading, setReading] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  async function hash(): Promise<void> {
    setReading(true);
    setFailure(null);
    try {
      await client.call("models.hash", { path });
      onHashed();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setReading(false);
  }

  return (
    <>
      <p className="note">
        Phonon has not read the whole model yet, and cannot tell whether that is it.{" "}
        <Button variant="quiet" isDisabled={isReading} onPress={() => void hash()}>
          {isReading ? "Reading …" : "Read it"}
        </Button>
      </p>
      {failure && <Notice failure={failure} />}
    </>
  );
}

const PARTS = [
  ["weights", "weightBytes"],
  ["KV cache", "kvBytes"],
  ["work", "workBytes"],
] as const;

/** What it needs, laid over what the target has available now. */
function NeedsBar({ fit: { needs, memoryBytes } }: { fit: FitReport }) {
  const available = memoryBytes.available ?? needs.totalBytes;
  const whole = Math.max(available, needs.totalBytes);
  const parts = PARTS.map(([label, key]) => ({ label, key, size: needs[key] }));
  return (
    <div className="needs">
      <div className="needs-bar" aria-hidden="true">
        {parts.map(({ key, size }) => (
          <div key={key} className={`needs-part ${key}`} style={{ width: `${(100 * size) / whole}%` }} />
        ))}
        <div className="needs-limit" style={{ left: `${(100 * available) / whole}%` }} />
      </div>
      <p className="needs-legend">
        {parts.map(({ label, key, size }) => (
          <span key={key} className={`needs-key ${key}`}>
            {label} {text(bytes(size))}
          </span>
        ))}
      </p>
    </div>
  );
}

interface SuggestionsProps {
  model: ModelEntry;
  suggestions: readonly Suggestion[];
  target: string;
  onContext: (typed: string) => void;
}

function Suggestions({ model, suggestions, target, onContext }: SuggestionsProps) {
  const dispatch = useDispatch();
  const models = useSelect((state) => state.models);
  const run = (change: Partial<Setup>): void => {
    dispatch({ type: "setup", change: { ...change, target } });
    goTo("run");
  };
  const runOther = (path: string): void => {
    const entry = models?.find((other) => other.path === path);
    run({ model: entry ? valueOf(entry) : path });
  };
  return (
    <div className="suggestions">
      <p>What fits here:</p>
      <ul>
        {suggestions.map((suggestion) => {
          const words = suggestionInWords(suggestion);
          if (suggestion.kind === "quantisation") return <li key={words}>{words}</li>;
          return (
            <li key={words}>
              <Button
                variant="quiet"
                onPress={() => {
                  if (suggestion.kind === "context") onContext(String(suggestion.context));
                  else if (suggestion.kind === "model") runOther(suggestion.path);
                  else run({ model: valueOf(model), ...inBudget(suggestion.totalBytes) });
                }}
              >
                {words}
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
