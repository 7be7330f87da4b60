/** One figure with its unit under its name. A figure that is not there yet takes the same room. */
import { NONE, type Quantity } from "../state/format.js";

export function Stat({ label, value, title }: { label: string; value: Quantity; title?: string }) {
  const known = value.figure !== NONE;
  return (
    <div className="stat" title={title}>
      <dt>{label}</dt>
      <dd>
        <span className={known ? "figure" : "figure none"}>{value.figure}</span> {known && <small>{value.unit}</small>}
      </dd>
    </div>
  );
}
