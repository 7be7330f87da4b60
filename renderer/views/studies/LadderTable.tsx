/** Each rung's figures, and its ratio to the rung before with interval and verdict. */
import { Fragment } from "react";
import type { Ablation } from "../../../electron/ipc/contract.js";
import { EngineTag } from "../../components/EngineTag.js";
import { NONE } from "../../state/format.js";
import { DecodeCell, FailureRow, Head, RunsCell, StreamCells, STREAM_HEADS } from "./FigureCells.js";
import { StepInterval } from "./StepInterval.js";

type Rung = Ablation["rungs"][number];

const COLUMNS = 9;

export function LadderTable({ rungs }: { rungs: Ablation["rungs"] }) {
  const reach = reachOf(rungs);
  return (
    <div className="table-area" role="region" aria-label="Rungs" tabIndex={0}>
      <table className="table figures">
        <caption className="note">
          Medians of the rounds, with the lowest and the highest; misses and reading of a token after the first. A ratio
          is of decode speed over the rung before, with its 95 % bootstrap interval. The predictor is on in every rung
          but the last.
        </caption>
        <thead>
          <tr>
            <Head number={false}>Rung</Head>
            <Head unit="tok/s">Decode</Head>
            <Head number={false}>Over the rung before</Head>
            <Head number={false}>Verdict</Head>
            {STREAM_HEADS}
            <Head number={false}>Runs</Head>
          </tr>
        </thead>
        <tbody>
          {rungs.map((rung) => (
            <Fragment key={rung.name}>
              <tr className="row">
                <th scope="row" className="cell">
                  <RungName rung={rung} />
                </th>
                <DecodeCell {...rung} />
                <StepCells step={rung.step} reach={reach} />
                <StreamCells {...rung} />
                <RunsCell {...rung} />
              </tr>
              {FailureRow(rung, COLUMNS)}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RungName({ rung: { name, engine, beside } }: { rung: Rung }) {
  if (name === engine) return <EngineTag engine={engine} />;
  return <span className={beside ? "rung beside" : "rung"}>{name}</span>;
}

const VERDICTS = { faster: "ok", slower: "fail", "not distinguishable": "" } as const;

function StepCells({ step, reach }: { step: Rung["step"]; reach: number }) {
  return (
    <>
      <td className="cell">{step === null ? NONE : <StepInterval step={step} reach={reach} />}</td>
      <td className={`cell step-verdict state ${step === null ? "" : VERDICTS[step.verdict]}`}>{step?.verdict}</td>
    </>
  );
}

/** How far from 1 the intervals of all rungs reach, as a logarithm: one axis for all. */
function reachOf(rungs: readonly Rung[]): number {
  const ends = rungs.flatMap(({ step }) => step?.ci95 ?? []);
  return 1.1 * Math.max(Math.log(1.1), ...ends.map((end) => Math.abs(Math.log(end))));
}
