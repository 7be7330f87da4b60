/** What the predictor of each layer is, and what it was worth over the pack's profile. */
import type { PackProfile } from "../../../electron/ipc/contract.js";
import { bytes, percent, text } from "../../state/format.js";

type Predictor = PackProfile["predictors"][number];

/** Heading, unit, and what stands in the cell. */
const FIGURES: readonly (readonly [string, string, (predictor: Predictor) => string])[] = [
  ["Size", "", (p) => text(bytes(p.bytes))],
  ["Through", "", (p) => text(percent(p.let_through))],
  ["Recall", "", (p) => text(percent(p.recall))],
  ["Precision", "", (p) => text(percent(p.precision))],
  ["Energy", "", (p) => text(percent(p.energy))],
  ["Cost", "µs", (p) => p.cost_us.toFixed(0)],
];

export function PredictorTable({ predictors }: { predictors: readonly Predictor[] }) {
  return (
    <div className="table-area predictor-table" role="region" aria-label="Predictors by layer" tabIndex={0}>
      <table className="table">
        <caption className="note">
          Each layer’s predictor over the profile. Through: of the neurons, let through. Recall: of those that fire.
          Precision: of those let through, firing. Energy: of the activations, kept. Cost: foreseen of a core for a
          token, with half of the neurons in memory.
        </caption>
        <thead>
          <tr>
            <th scope="col" className="column number">
              Layer
            </th>
            <th scope="col" className="column">
              Kind
            </th>
            {FIGURES.map(([name, unit]) => (
              <th key={name} scope="col" className="column number">
                {name} {unit !== "" && <small>{unit}</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {predictors.map((predictor, layer) => (
            <tr key={layer} className="row">
              <th scope="row" className="cell number">
                {layer}
              </th>
              <td className="cell">{kindOf(predictor)}</td>
              {FIGURES.map(([name, , read]) => (
                <td key={name} className="cell number">
                  {read(predictor)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const kindOf = ({ kind, rank }: Predictor): string => (kind === "low-rank" ? `rank ${rank}` : "two bits");
