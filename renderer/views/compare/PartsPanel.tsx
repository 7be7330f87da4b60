/** Why one engine is faster: where the time of their tokens goes, as bars on one axis, and in figures. */
import type { ComparisonState } from "../../../electron/ipc/contract.js";
import { partColour } from "../../charts/index.js";
import { EngineTag } from "../../components/EngineTag.js";
import { comparedParts, partNamesIn, type EngineParts } from "../../state/compared-parts.js";
import { duration, text } from "../../state/format.js";

export function PartsPanel({ comparison: { engines, done } }: { comparison: ComparisonState }) {
  const all = comparedParts(engines, done);
  if (all.length === 0) return null;
  const most = Math.max(...all.map(({ wholeMs }) => wholeMs));
  return (
    <section className="panel compared-parts" aria-label="Time per token by part">
      <h3>
        Time per token by part <small>medians of the rounds</small>
      </h3>
      <div className="part-bars" aria-hidden="true">
        {all.map((one) => (
          <Bar key={one.engine} of={one} most={most} />
        ))}
      </div>
      <div className="table-area" role="region" aria-label="Parts" tabIndex={0}>
        <table className="table">
          <caption className="note">
            Of a typical token: means over the middle half of a round&rsquo;s tokens, by their time.
            {all.some(({ parts }) => parts.every(({ part }) => part !== "attention")) &&
              " An engine that does not report its parts has all but sampling in one."}
          </caption>
          <thead>
            <tr>
              <th scope="col" className="column">
                Part
              </th>
              {all.map(({ engine }) => (
                <th key={engine} scope="col" className="column number">
                  <EngineTag engine={engine} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {partNamesIn(all).map(({ part, label }) => (
              <tr key={label} className="row">
                <th scope="row" className="cell">
                  <span className="part-key" style={{ background: partColour(part) }} />
                  {label}
                </th>
                {all.map(({ engine, parts }) => (
                  <Figure key={engine} ms={parts.find((one) => one.label === label)?.ms ?? null} />
                ))}
              </tr>
            ))}
            <tr className="row">
              <th scope="row" className="cell">
                Whole token
              </th>
              {all.map(({ engine, wholeMs }) => (
                <Figure key={engine} ms={wholeMs} isWhole />
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Bar({ of, most }: { of: EngineParts; most: number }) {
  return (
    <>
      <EngineTag engine={of.engine} />
      <div className="part-bar">
        {of.parts.map(({ part, ms }) => (
          <div key={part} style={{ width: `${(100 * ms) / (most || 1)}%`, background: partColour(part) }} />
        ))}
      </div>
      <span className="figure">{text(duration(of.wholeMs))}</span>
    </>
  );
}

function Figure({ ms, isWhole = false }: { ms: number | null; isWhole?: boolean }) {
  return <td className={`cell number ${isWhole ? "main-figure" : ""}`}>{text(duration(ms))}</td>;
}
