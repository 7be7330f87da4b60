/** Measures a target for planning, in place: why, how far it is, and what went wrong. */
import type { Measuring } from "../state/measuring.js";
import { plain } from "../state/plain.js";
import { Button } from "./Button.js";
import { Notice } from "./Notice.js";
import { ProgressBar } from "./ProgressBar.js";

export function Measure({ measuring, why }: { measuring: Measuring; why: string }) {
  const { step, failure, start, cancel } = measuring;
  return (
    <div className="measure">
      <div className="measure-head">
        <p className="note">{step === null ? why : `Measuring: ${plain(step.what, 80)}`}</p>
        <Button variant="quiet" onPress={step === null ? start : cancel}>
          {step === null ? "Measure (a minute)" : "Cancel"}
        </Button>
      </div>
      {step !== null && <ProgressBar label="Measuring" done={step.done} total={step.total} active />}
      {failure !== null && failure.code !== "cancelled" && step === null && <Notice failure={failure} />}
    </div>
  );
}
