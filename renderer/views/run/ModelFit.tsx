/** Said where a model is chosen: that its target has no room for it, and what has room. */
import { Button } from "../../components/Button.js";
import { useAnswer } from "../../state/answer.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { fitInWords, suggestionInWords } from "../../state/models.js";
import { hrefOf } from "../../state/route.js";
import { numberOf } from "../../state/setup-numbers.js";
import { inBudget } from "../../state/setup-streaming.js";
import { isRunning } from "../../state/state.js";

export function ModelFit() {
  const dispatch = useDispatch();
  const { target, model, context, engine, limitMemory } = useSelect((state) => state.setup);
  const isReady = useSelect((state) => state.targets?.find(({ id }) => id === target)?.state === "ready");
  const running = useSelect(isRunning);
  const tokens = numberOf("context", context) ?? undefined;
  const streams = limitMemory && engine !== "llama.cpp"; // of any size
  const asks = isReady && !running && !streams && model !== "story"; // which fits everywhere
  const request = { path: model, target, ...(tokens !== undefined && { context: tokens }) };
  const { value: fit } = useAnswer("models.fit", asks ? request : undefined);
  if (fit === null) return null;
  const { verdict, tone, reason } = fitInWords(fit);
  if (tone === "ok" || fit.verdict === "unknown") return null;
  const budget = fit.suggestions.find(({ kind }) => kind === "budget");
  const others = fit.suggestions.map(suggestionInWords).join("; ");
  return (
    <p className="warning">
      <b>{verdict}:</b> {reason}. {others !== "" && `What fits: ${others}. `}
      {budget && (
        <Button variant="quiet" onPress={() => dispatch({ type: "setup", change: inBudget(budget.totalBytes) })}>
          Give it that budget
        </Button>
      )}{" "}
      <a href={hrefOf("models")}>More</a>
    </p>
  );
}
