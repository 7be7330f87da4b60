/** What went wrong, and what to do about it. */
import type { Failure } from "../../electron/ipc/contract.js";
import { Button } from "./Button.js";
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
        <Button variant="quiet" onPress={onDismiss} aria-label="Dismiss">
          ×
        </Button>
      )}
    </div>
  );
}
