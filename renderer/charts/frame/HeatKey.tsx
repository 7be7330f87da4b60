/** What the colours of a heat map mean: from nothing to the greatest value, with its unit. */
export function HeatKey({ top }: { top: string }) {
  return (
    <span className="heat-key">
      0 <i /> {top}
    </span>
  );
}
