/** The button that starts or cancels a run, and why it could not be started. */
import { Button } from "../../components/Button.js";
import { Elsewhere } from "../../components/Elsewhere.js";
import { Notice } from "../../components/Notice.js";
import { useDispatch, useSelect, useSession } from "../../state/context.js";
import { plain } from "../../state/plain.js";
import { isRunning } from "../../state/state.js";

const RUN_KEYS = navigator.userAgent.includes("Mac") ? "⌘ ↵" : "Ctrl ↵";

export function RunControls({ valid }: { valid: boolean }) {
  const session = useSession();
  const dispatch = useDispatch();
  const running = useSelect(isRunning);
  const target = useSelect((state) => state.setup.target);
  const failure = useSelect((state) => state.failure);
  const obstacle = useSelect((state) => {
    if (state.connection !== "open") return "Not connected.";
    const target = state.targets?.find(({ id }) => id === state.setup.target);
    if (target === undefined) return "Choose a target.";
    return target.state === "ready" ? null : `${plain(target.name)} is not ready.`;
  });
  return (
    <div className="run-controls">
      {failure && <Notice failure={failure} onDismiss={() => dispatch({ type: "failed", failure: null })} />}
      {running ? (
        <Button onPress={() => void session.cancel()}>
          Cancel <kbd>Esc</kbd>
        </Button>
      ) : (
        <Button variant="primary" isDisabled={!valid || obstacle !== null} onPress={() => void session.run()}>
          Run <kbd>{RUN_KEYS}</kbd>
        </Button>
      )}
      {!running && <Elsewhere target={target} />}
      {!running && obstacle !== null && <p className="note">{obstacle}</p>}
    </div>
  );
}
