/** Every run as a square in its place, the step that goes on, and how long it will take. */
import type { WorkState } from "../../electron/ipc/contract.js";
import { engineColour } from "../state/engines.js";
import { farInWords, remaining } from "../state/format.js";
import type { Slot } from "../state/work.js";
import { ProgressBar } from "./ProgressBar.js";

interface WorkProgressProps {
  work: WorkState;
  step: string; // in words
  slots: readonly Slot[];
}

const MOST_SLOTS = 120; // that are drawn

export function WorkProgress({ work: { progress, etaSeconds, status }, step, slots }: WorkProgressProps) {
  const isRunning = status === "running";
  return (
    <div className="work-progress">
      <p className="work-step">
        <strong role="status">{step}</strong>
        <span className="facts">{progress && progressInWords(progress)}</span>
        {isRunning && <span className="facts">{etaSeconds === null ? "" : remaining(etaSeconds)}</span>}
      </p>
      <ProgressBar label={step} done={progress?.done ?? 0} total={progress?.total ?? 0} active={isRunning} />
      {slots.length <= MOST_SLOTS && <Slots slots={slots} />}
    </div>
  );
}

function Slots({ slots }: { slots: readonly Slot[] }) {
  const done = slots.filter(({ state }) => state === "done").length;
  const rounds = [...new Set(slots.map(({ round }) => round))];
  return (
    <div className="slots" role="img" aria-label={`${done} of ${slots.length} runs done`}>
      {rounds.map((number) => (
        <span key={number} className="slot-round">
          {slots
            .filter(({ round }) => round === number)
            .map(({ name, engine, state }) => (
              <span
                key={name}
                className={`slot ${CLASSES[state]}`}
                style={{ color: engineColour(engine) }}
                title={`Round ${number + 1}: ${name}, ${state}`}
              />
            ))}
        </span>
      ))}
    </div>
  );
}

const CLASSES: Record<Slot["state"], string> = { done: "done", now: "now", "to come": "later", "left out": "out" };

const progressInWords = (progress: NonNullable<WorkState["progress"]>): string =>
  progress.total <= 0 ? progress.phase : `${progress.phase} ${farInWords(progress)}`;
