import { useElsewhere } from "../state/elsewhere.js";

/** Said where something would be started, while something else goes on there. */
export function Elsewhere({ target }: { target: string }) {
  if (!useElsewhere(target)) return null;
  return (
    <p className="warning">
      Another program or window of Phonon runs a model on this target now. Wait for its end: two at once slow each other
      down, and neither measures right.
    </p>
  );
}
