/** Each budget's figures, engine by engine. */
import { Fragment } from "react";
import type { Sweep } from "../../../electron/ipc/contract.js";
import { EngineTag } from "../../components/EngineTag.js";
import { bytes, percent, text } from "../../state/format.js";
import { DecodeCell, FailureRow, Head, RunsCell, StreamCells, STREAM_HEADS } from "./FigureCells.js";

const COLUMNS = 10;

export function SweepTable({ points }: { points: Sweep["points"] }) {
  return (
    <div className="table-area" role="region" aria-label="Budgets" tabIndex={0}>
      <table className="table figures">
        <caption className="note">
          Medians of the rounds, with the lowest and the highest; misses and reading of a token after the first. Cached:
          how many of the neurons there is room for.
        </caption>
        <thead>
          <tr>
            <Head>Budget</Head>
            <Head number={false}>Engine</Head>
            <Head unit="tok/s">Decode</Head>
            {STREAM_HEADS}
            <Head>Cached</Head>
            <Head>Peak</Head>
            <Head number={false}>Runs</Head>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <Fragment key={point.name}>
              <tr className="row">
                <th scope="row" className="cell number">
                  {text(bytes(point.memory_bytes))}
                </th>
                <td className="cell">
                  <EngineTag engine={point.engine} />
                </td>
                <DecodeCell {...point} />
                <StreamCells {...point} />
                <td className="cell number">
                  {text(percent(point.cache && point.cache.neurons / point.cache.of_neurons))}
                </td>
                <td className="cell number">
                  {text(bytes(point.memory.peak_bytes))}
                  <small className="below">{ofBudget(point)}</small>
                </td>
                <RunsCell {...point} />
              </tr>
              {FailureRow(point, COLUMNS)}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const ofBudget = ({ memory, memory_bytes }: Sweep["points"][number]): string =>
  memory.peak_bytes === null ? "" : `${text(percent(memory.peak_bytes / memory_bytes))} of it`;
