/** In how much memory engines shall go on: all there is, or a budget for everything that each holds; and from a cold cache. */
import { useSelect } from "../state/context.js";
import { valueOf } from "../state/models.js";
import { budgetRange, firstBudget, type MemorySetup } from "../state/setup-streaming.js";
import { Checkbox } from "./Checkbox.js";
import { EnforceSelect } from "./EnforceSelect.js";
import { NumberField } from "./NumberField.js";
import { PlannedSpeed } from "./PlannedSpeed.js";
import { Slider } from "./Slider.js";

interface MemoryFieldsProps {
  memory: MemorySetup; // as typed
  problem: string | undefined; // with the budget
  engines: readonly string[]; // that it is for
  isQuiet?: boolean; // nothing is foreseen, since something is measured
  onChange: (change: Partial<MemorySetup>) => void;
}

export function MemoryFields({ memory, problem, engines, isQuiet = false, onChange }: MemoryFieldsProps) {
  const { target, model } = useSelect((state) => state.setup);
  const fileBytes = useSelect((state) => state.models?.find((entry) => valueOf(entry) === model)?.fileBytes ?? 0);
  const memoryBytes = useSelect((state) => state.targets?.find(({ id }) => id === target)?.memoryBytes ?? null);
  const range = budgetRange(fileBytes, memoryBytes);
  const typed = Number(memory.memoryMib);
  return (
    <div className="field memory-fields">
      <Checkbox
        isSelected={memory.limitMemory}
        onChange={(limitMemory) =>
          onChange({ limitMemory, ...(limitMemory && { memoryMib: String(firstBudget(range, fileBytes)) }) })
        }
      >
        Memory budget
      </Checkbox>
      {memory.limitMemory && (
        <>
          <div className="budget">
            <Slider
              label="Memory budget"
              unit="MiB"
              {...range}
              value={Number.isFinite(typed) ? typed : range.least}
              onChange={(mib) => onChange({ memoryMib: String(mib) })}
            />
            <NumberField
              label="Budget, MiB"
              value={memory.memoryMib}
              step={range.step}
              least={16}
              problem={problem}
              onChange={(memoryMib) => onChange({ memoryMib })}
            />
          </div>
          {engines.includes("phonon") && !isQuiet && Number.isFinite(typed) && <PlannedSpeed memoryMib={typed} />}
          <EnforceSelect value={memory.enforce} onChange={(enforce) => onChange({ enforce })} />
          <p className="note">
            For everything that {engines.length > 1 ? "each engine" : "the engine"} holds, page cache included.
            {engines.some((engine) => engine !== "llama.cpp") &&
              " A ReLU model is streamed from a pack of it, which the first run makes on the target."}
          </p>
        </>
      )}
      <Checkbox isSelected={memory.coldCache} onChange={(coldCache) => onChange({ coldCache })}>
        Empty the page cache first
      </Checkbox>
    </div>
  );
}
