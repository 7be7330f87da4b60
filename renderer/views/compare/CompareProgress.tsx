/** Every run as a square in its place, the step that goes on, and how long it will take. */
import type { ComparisonState } from "../../../electron/ipc/contract.js";
import { ProgressBar } from "../../components/ProgressBar.js";
import { slotsIn, stepInWords } from "../../state/compare.js";
import { engineColour, engineLabel } from "../../state/engines.js";
import { bytes, count, remaining, text } from "../../state/format.js";

export function CompareProgress({ comparison }: { comparison: ComparisonState }) {
  const { progress, etaSeconds, status, rounds } = comparison;
  const step = stepInWords(comparison);
  const isRunning = status === "running";
  return (
    <div className="compare-progress">
      <p className="compare-step">
        <strong role="status">{step}</strong>
        <span className="facts">{progress && progressInWords(progress)}</span>
        {isRunning && <span className="facts">{etaSeconds === null ? "" : remaining(etaSeconds)}</span>}
      </p>
      <ProgressBar label={step} done={progress?.done ?? 0} total={progress?.total ?? 0} active={isRunning} />
      {rounds <= 60 && <Slots comparison={comparison} />}
    </div>
  );
}

function Slots({ comparison }: { comparison: ComparisonState }) {
  const slots = slotsIn(comparison);
  const done = slots.filter(({ state }) => state === "done").length;
  const rounds = Array.from({ length: comparison.rounds }, (_, round) => slots.filter((slot) => slot.round === round));
  return (
    <div className="slots" role="img" aria-label={`${done} of ${slots.length} runs done`}>
      {rounds.map((round, number) => (
        <span key={number} className="slot-round">
          {round.map(({ engine, state }) => (
            <span
              key={engine}
              className={`slot ${state === "to come" ? "later" : state}`}
              style={{ color: engineColour(engine) }}
              title={`Round ${number + 1}: ${engineLabel(engine)}, ${state}`}
            />
          ))}
        </span>
      ))}
    </div>
  );
}

function progressInWords({ phase, done, total }: NonNullable<ComparisonState["progress"]>): string {
  if (total <= 0) return phase;
  const isTokens = phase === "prefill" || phase === "decode";
  const amounts = isTokens
    ? `${count(done)} of ${count(total)} tokens`
    : `${text(bytes(done))} of ${text(bytes(total))}`;
  return `${phase} ${amounts}`;
}
