import { Button } from "../../components/Button.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { bytes, count, text } from "../../state/format.js";

/** Where the files that were exported last are. */
export function Exported() {
  const exported = useSelect((state) => state.history.exported);
  const dispatch = useDispatch();
  return (
    <div role="status">
      {exported && (
        <p className="exported">
          <span>
            Saved {exported.paths.length === 1 ? "" : `${count(exported.paths.length)} files, `}
            {text(bytes(exported.bytes))}: <code>{exported.paths.join(" ")}</code>
          </span>
          <Button
            variant="quiet"
            aria-label="Dismiss"
            onPress={() => dispatch({ type: "history.exported", exported: null })}
          >
            ×
          </Button>
        </p>
      )}
    </div>
  );
}
