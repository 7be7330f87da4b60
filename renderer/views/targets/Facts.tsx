import type { DeviceReport, Placement } from "../../../electron/ipc/contract.js";
import { Disclosure } from "../../components/Disclosure.js";
import { storedInWords } from "../../state/models.js";
import { plain } from "../../state/plain.js";
import { factsOf, levelsOf, type Level } from "../../state/targets.js";

export function Facts({ report, placement }: { report: DeviceReport; placement: Placement | null }) {
  const stored = placement && storedInWords(placement);
  return (
    <>
      <div className="levels">
        {levelsOf(report).map((level) => (
          <LevelBar key={level.label} {...level} />
        ))}
      </div>
      <dl className="fact-list">
        {factsOf(report).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {stored !== null && (
          <div>
            <dt>Models</dt>
            <dd>{stored}</dd>
          </div>
        )}
      </dl>
      {report.features.length > 0 && (
        <Disclosure title="Instruction set" note={`${report.features.length} features`}>
          <p className="features">{report.features.map((feature) => plain(feature, 40)).join(" ")}</p>
        </Disclosure>
      )}
    </>
  );
}

/** What is used is filled; what is left stands beside it in figures. */
function LevelBar({ label, left, total, words }: Level) {
  const used = Math.min(1, Math.max(0, 1 - left / total));
  return (
    <div className="level">
      <span className="level-label">{label}</span>
      <div className="level-bar" role="meter" aria-label={`${label} in use`} aria-valuenow={Math.round(100 * used)}>
        <div className={used > 0.9 ? "level-fill full" : "level-fill"} style={{ width: `${100 * used}%` }} />
      </div>
      <span className="level-words">{words}</span>
    </div>
  );
}
