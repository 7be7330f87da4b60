/** This computer and the phones that adb sees, as they come and go. */
import { useSelect } from "../../state/context.js";
import { plain } from "../../state/plain.js";
import { PhoneHelp } from "./PhoneHelp.js";
import { TargetCard } from "./TargetCard.js";

export function TargetsPage() {
  const targets = useSelect((state) => state.targets);
  const problem = useSelect((state) => state.phonesProblem);
  const chosen = useSelect((state) => state.setup.target);
  const hasPhone = targets?.some(({ kind }) => kind === "adb") ?? false;
  return (
    <div className="targets-page">
      {targets === null && <p className="empty">Looking for targets …</p>}
      {targets?.map((target) => (
        <TargetCard key={target.id} target={target} isChosen={target.id === chosen} />
      ))}
      {targets !== null && (problem !== null || !hasPhone) && <PhoneHelp problem={problem} />}
      <p className="visually-hidden" role="status">
        {targets?.map(({ name, state }) => `${plain(name)}: ${state}`).join(", ")}
      </p>
    </div>
  );
}
