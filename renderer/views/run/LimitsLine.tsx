import { Hint } from "../../components/Hint.js";
import { limitsOf } from "../../state/limits.js";
import { plain } from "../../state/plain.js";
import type { RunView } from "../../state/run-view.js";

/** How a run's memory budget was enforced and its cache made cold; how exactly, where the agent has more to say. */
export function LimitsLine({ run }: { run: RunView }) {
  const limits = limitsOf(run);
  if (limits === null) return null;
  const words = plain(limits.words);
  return (
    <p className="facts limits" data-testid="limits">
      {limits.note === "" ? words : <Hint text={plain(limits.note, 600)}>{words}</Hint>}
    </p>
  );
}
