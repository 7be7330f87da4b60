/** What a budget is foreseen to give, while it is being chosen: from one plan, whose curve is read between its points. */
import { Measure } from "./Measure.js";
import { useAnswer } from "../state/answer.js";
import { useSelect } from "../state/context.js";
import { useMeasuring } from "../state/measuring.js";
import { plannedAt, plannedInWords } from "../state/planned.js";
import { numberOf } from "../state/setup-numbers.js";
import { isRunning } from "../state/state.js";

const UNMEASURED = new Set(["no_profile", "profile_damaged"]);

export function PlannedSpeed({ memoryMib }: { memoryMib: number }) {
  const { target, model, context, threads } = useSelect((state) => state.setup);
  const running = useSelect(isRunning);
  const tokens = numberOf("context", context) ?? undefined;
  const count = numberOf("threads", threads) ?? undefined;
  const request = {
    ...{ path: model, target },
    ...(tokens !== undefined && { context: tokens }),
    ...(count !== undefined && { threads: count }),
  };
  const measuring = useMeasuring(target);
  const asked = running || model === "" || !measuring.isKnown ? undefined : request;
  const { value, failure } = useAnswer("models.plan", asked, measuring.measuredAt ?? "");
  if (failure !== null && UNMEASURED.has(failure.code)) {
    return (
      <Measure measuring={measuring} why="Once this target has been measured, this says how fast a run would be." />
    );
  }
  if (failure !== null) return <p className="note">{failure.message}</p>;
  if (value === null) return null;
  return <p className="note">{plannedInWords(value.plan, plannedAt(value.plan, memoryMib * 2 ** 20))}</p>;
}
