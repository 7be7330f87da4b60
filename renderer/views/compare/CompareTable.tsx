/** The medians of each engine's rounds with their spread, as far as there are rounds. */
import { median } from "simple-statistics";
import type { ComparedRound, ComparisonState } from "../../../electron/ipc/contract.js";
import { EngineTag } from "../../components/EngineTag.js";
import { madeWith, speedsOf, type Speed } from "../../state/compare.js";
import { NONE, bytes, digits, duration, text } from "../../state/format.js";

export function CompareTable({ comparison }: { comparison: ComparisonState }) {
  const { engines, done, result } = comparison;
  return (
    <div className="table-area" role="region" aria-label="Medians" tabIndex={0}>
      <table className="table">
        <caption className="note">
          Medians of the rounds{result === null ? " so far" : ""}, with the lowest and the highest.
          {result?.results.map((one) => ` ${madeWith(one)}`)}
          {result?.keptLoaded === false && ` ${whyLoaded(comparison)}, so every run loaded its model.`}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="column">
              Engine
            </th>
            <Head title="Decode" unit="tok/s" />
            <Head title="Range" unit="tok/s" />
            <Head title="Prefill" unit="tok/s" />
            <Head title="Range" unit="tok/s" />
            <Head title="First token" />
            <Head title="Peak memory" />
            <Head title="Rounds" />
          </tr>
        </thead>
        <tbody>
          {engines.map((engine) => {
            const own = done.filter((round) => round.engine === engine);
            return (
              <tr key={engine} className="row">
                <th scope="row" className="cell">
                  <EngineTag engine={engine} />
                </th>
                <SpeedCells values={speedsOf(done, engine, "decodeTps")} speed="decodeTps" />
                <SpeedCells values={speedsOf(done, engine, "prefillTps")} speed="prefillTps" />
                <td className="cell number">{text(duration(over(own, "ttftMs")))}</td>
                <td className="cell number">{text(bytes(over(own, "peakBytes")))}</td>
                <td className="cell number">{own.length}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function whyLoaded({ memory, isCold }: ComparisonState): string {
  if (memory !== null) return "A budget is for one engine at a time";
  return isCold ? "A cold page cache is for one load" : "Memory does not hold both at once";
}

function Head({ title, unit }: { title: string; unit?: string }) {
  return (
    <th scope="col" className="column number">
      {title} {unit !== undefined && <small>{unit}</small>}
    </th>
  );
}

function SpeedCells({ values, speed }: { values: readonly number[]; speed: Speed }) {
  const range = values.length < 2 ? NONE : `${digits(Math.min(...values))} – ${digits(Math.max(...values))}`;
  return (
    <>
      <td className={`cell number ${speed === "decodeTps" ? "main-figure" : ""}`}>
        {values.length === 0 ? NONE : digits(median([...values]))}
      </td>
      <td className="cell number none">{range}</td>
    </>
  );
}

function over(rounds: readonly ComparedRound[], key: "ttftMs" | "peakBytes"): number | null {
  const values = rounds.flatMap((round) => round[key] ?? []);
  return values.length === 0 ? null : median(values);
}
