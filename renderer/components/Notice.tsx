/** What went wrong, and what to do about it. */
import type { Failure } from "../../electron/ipc/contract.js";
import { remedyFor } from "../state/remedies.js";

export function Notice({ failure, onDismiss }: { failure: Failure; onDismiss?: () => void }) {
  const remedy = remedyFor(failure.code);
  return (
    <div className="notice" role="alert">
      <p>
        {failure.message}
        {remedy !== null && <span className="remedy"> {remedy}</span>}
      </p>
      {onDismiss && (
        <button type="button" className="quiet" onClick={onDismiss} aria-label="Dismiss">
          ×
        </button>
      )}
    </div>
  );
}
