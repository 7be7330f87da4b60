/** One figure with its unit under its name. A figure that is not there yet takes the same room. */
import { NONE, type Quantity } from "../state/format.js";
import { Hint } from "./Hint.js";

export function Stat({ label, value, hint }: { label: string; value: Quantity; hint: string }) {
  const known = value.figure !== NONE;
  return (
    <div className="stat">
      <dt>
        <Hint text={hint}>{label}</Hint>
      </dt>
      <dd>
        <span className={known ? "figure" : "figure none"}>{value.figure}</span> {known && <small>{value.unit}</small>}
      </dd>
    </div>
  );
}
