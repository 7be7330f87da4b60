/** How far a long step is: always there, so that nothing moves when it begins or ends. */
import { ProgressBar as AriaProgressBar } from "react-aria-components";

interface ProgressBarProps {
  label: string;
  done: number;
  total: number; // 0: not known
  /** Something goes on, however far it is. */
  active: boolean;
}

export function ProgressBar({ label, done, total, active }: ProgressBarProps) {
  const known = total > 0;
  return (
    <AriaProgressBar
      className={active ? "progress" : "progress idle"}
      aria-label={label}
      value={known ? Math.min(done, total) : 0}
      maxValue={known ? total : 1}
      isIndeterminate={active && !known}
    >
      {({ percentage }) => <div className="progress-fill" style={{ width: `${percentage ?? 100}%` }} />}
    </AriaProgressBar>
  );
}
