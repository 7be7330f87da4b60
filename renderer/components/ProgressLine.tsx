/** How far a long step is: always there, so that nothing moves when it begins or ends. */
export function ProgressLine({ label, done, total }: { label: string; done: number; total: number }) {
  const active = total > 0 && done < total;
  return (
    <progress
      className="progress"
      aria-label={label}
      value={active ? done : 0}
      max={Math.max(total, 1)}
      hidden={!active}
    />
  );
}
