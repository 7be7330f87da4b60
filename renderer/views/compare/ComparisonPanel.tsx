/** One comparison, under way or ended. */
import type { ComparisonState } from "../../../electron/ipc/contract.js";
import { Notice } from "../../components/Notice.js";
import { WorkProgress } from "../../components/WorkProgress.js";
import { slotsIn, stepInWords } from "../../state/compare.js";
import { bytes, count, text } from "../../state/format.js";
import { modelInWords } from "../../state/models.js";
import { targetInWords } from "../../state/targets.js";
import { CompareTable } from "./CompareTable.js";
import { PartsPanel } from "./PartsPanel.js";
import { RoundCurves } from "./RoundCurves.js";
import { RoundsPlot } from "./RoundsPlot.js";
import { Verdicts } from "./Verdicts.js";

export function ComparisonPanel({ comparison }: { comparison: ComparisonState }) {
  const { target, model, tokens, threads, memory, isCold, done, result, failure, status } = comparison;
  const about = [
    targetInWords(target),
    modelInWords(model),
    `${count(tokens)} tokens`,
    threads === null ? null : `${threads} threads`,
    memory === null ? null : `${text(bytes(memory))} for each engine`,
    isCold ? "cold page cache" : null,
  ];
  return (
    <>
      <section className="panel comparison" aria-label="Comparison">
        <p className="facts">{about.filter((part) => part !== null).join(" · ")}</p>
        {result && result.pairs.length > 0 && <Verdicts pairs={result.pairs} />}
        <WorkProgress work={comparison} step={stepInWords(comparison)} slots={slotsIn(comparison)} />
        {failure && <Notice failure={failure} />}
        {status === "cancelled" && <p className="note">The runs that had ended are kept in the history.</p>}
        {result?.warnings.map((warning) => (
          <p key={warning} className="warning">
            {warning}
          </p>
        ))}
      </section>
      {done.length > 0 && (
        <>
          <section className="panel" aria-label="Results">
            <CompareTable comparison={comparison} />
          </section>
          <PartsPanel comparison={comparison} />
          <section className="panel round-plots" aria-label="Speed by round">
            <RoundsPlot comparison={comparison} speed="decodeTps" title="Decode by round" />
            <RoundsPlot comparison={comparison} speed="prefillTps" title="Prefill by round" />
          </section>
          <RoundCurves comparison={comparison} />
        </>
      )}
    </>
  );
}
