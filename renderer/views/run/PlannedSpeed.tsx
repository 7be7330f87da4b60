/** What a budget is foreseen to give, while it is being chosen: from one plan, whose curve is read between its points. */
import { useAnswer } from "../../state/answer.js";
import { useSelect } from "../../state/context.js";
import { plannedAt, plannedInWords } from "../../state/planned.js";
import { numberOf } from "../../state/setup-numbers.js";
import { isRunning } from "../../state/state.js";

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
  const { value, failure } = useAnswer("models.plan", running || model === "" ? undefined : request);
  if (failure !== null) return <p className="note">{failure.message}</p>;
  if (value === null) return null;
  return <p className="note">{plannedInWords(value.plan, plannedAt(value.plan, memoryMib * 2 ** 20))}</p>;
}
