/** In how much memory a run shall go on: all there is, or a budget for everything that the engine holds. */
import { Checkbox } from "../../components/Checkbox.js";
import { EnforceSelect } from "../../components/EnforceSelect.js";
import { NumberField } from "../../components/NumberField.js";
import { Slider } from "../../components/Slider.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { valueOf } from "../../state/models.js";
import { budgetRange, firstBudget } from "../../state/setup-streaming.js";
import type { Problems, Setup } from "../../state/setup.js";
import { PlannedSpeed } from "./PlannedSpeed.js";

export function MemoryFields({ setup, problems }: { setup: Setup; problems: Problems }) {
  const dispatch = useDispatch();
  const fileBytes = useSelect((state) => state.models?.find((model) => valueOf(model) === setup.model)?.fileBytes ?? 0);
  const memoryBytes = useSelect((state) => state.targets?.find(({ id }) => id === setup.target)?.memoryBytes ?? null);
  const range = budgetRange(fileBytes, memoryBytes);
  const change = (fields: Partial<Setup>) => dispatch({ type: "setup", change: fields });
  const typed = Number(setup.memoryMib);
  return (
    <div className="field memory-fields">
      <Checkbox
        isSelected={setup.limitMemory}
        onChange={(limitMemory) =>
          change({ limitMemory, ...(limitMemory && { memoryMib: String(firstBudget(range, fileBytes)) }) })
        }
      >
        Memory budget
      </Checkbox>
      {setup.limitMemory && (
        <>
          <div className="budget">
            <Slider
              label="Memory budget"
              unit="MiB"
              {...range}
              value={Number.isFinite(typed) ? typed : range.least}
              onChange={(mib) => change({ memoryMib: String(mib) })}
            />
            <NumberField
              label="Budget, MiB"
              value={setup.memoryMib}
              step={range.step}
              least={16}
              problem={problems.memoryMib}
              onChange={(memoryMib) => change({ memoryMib })}
            />
          </div>
          {setup.engine === "phonon" && Number.isFinite(typed) && <PlannedSpeed memoryMib={typed} />}
          <EnforceSelect value={setup.enforce} onChange={(enforce) => change({ enforce })} />
          <p className="note">
            For everything that the engine holds, page cache included.
            {setup.engine !== "llama.cpp" &&
              " A ReLU model is streamed from a pack of it, which the first run makes on the target."}
          </p>
        </>
      )}
    </div>
  );
}
