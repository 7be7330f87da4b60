/** The runs of one round over the same axes. */
import { useState } from "react";
import type { ComparisonState } from "../../../electron/ipc/contract.js";
import { CompareCharts } from "../../charts/index.js";
import { Select } from "../../components/Select.js";
import { wholeRounds } from "../../state/compare.js";
import { engineLabel } from "../../state/engines.js";
import { useKeptRuns } from "../../state/kept-runs.js";

export function RoundCurves({ comparison }: { comparison: ComparisonState }) {
  const { done, engines, target, status } = comparison;
  const rounds = wholeRounds(comparison);
  const [chosen, setChosen] = useState<number>();
  const isDisturbing = target === "local" && status === "running";
  const round = chosen ?? rounds.at(-1);
  const ended = isDisturbing ? [] : done.filter((one) => one.round === round);
  const views = useKeptRuns(ended.map(({ runId }) => runId));
  const runs = engines.flatMap((engine) => {
    const runId = ended.find((one) => one.engine === engine)?.runId;
    const view = views.find((one) => one.runId === runId);
    return view ? [{ id: view.runId, label: engineLabel(engine), engine, trace: view.trace }] : [];
  });
  if (rounds.length === 0) return null;
  return (
    <section className="panel round-curves" aria-label="Curves">
      {isDisturbing ? (
        <p className="empty">
          The curves of each round are drawn when the comparison has ended: on this computer, drawing would slow the
          runs down.
        </p>
      ) : (
        <>
          <Select
            label="Round"
            value={String(round)}
            options={rounds.map((number) => ({ id: String(number), label: `Round ${number + 1}` }))}
            onChange={(number) => setChosen(Number(number))}
          />
          {runs.length > 0 && <CompareCharts key={round} runs={runs} />}
        </>
      )}
    </section>
  );
}
