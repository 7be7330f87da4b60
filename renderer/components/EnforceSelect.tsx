/** What holds an engine to its memory budget. */
import { ENFORCEMENTS } from "../state/setup-streaming.js";
import { Select } from "./Select.js";

const HOW: Record<(typeof ENFORCEMENTS)[number], string> = {
  auto: "As the target allows",
  cgroup: "By a cgroup (as root)",
  balloon: "By a balloon process",
  none: "Not from outside",
};

export function EnforceSelect({ value, onChange }: { value: string; onChange: (enforce: string) => void }) {
  const options = ENFORCEMENTS.map((id) => ({ id, label: HOW[id] }));
  return <Select label="Enforced" value={value} options={options} onChange={onChange} />;
}
