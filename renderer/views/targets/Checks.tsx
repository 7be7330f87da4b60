/** The preflight: what needs attention with what to do about it, then what is well. */
import type { Check } from "../../../electron/ipc/contract.js";
import { plain } from "../../state/plain.js";
import { sortedChecks } from "../../state/targets.js";

const ICONS = { ok: "M3.5 8.5l3 3 6-7", warn: "M8 3v6M8 12v1", fail: "M4 4l8 8M12 4l-8 8" };
const SAID = { ok: "passed", warn: "attention", fail: "failed" };

export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="preflight">
      {sortedChecks(checks).map(({ name, status, detail, remedy }) => (
        <li key={name} className={`preflight-check ${status}`}>
          <svg viewBox="0 0 16 16" role="img" aria-label={SAID[status]}>
            <path d={ICONS[status]} />
          </svg>
          <span className="check-name">{name}</span>
          <span className="check-detail">
            {plain(detail)}
            {remedy !== undefined && <span className="remedy"> {remedy}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
