/** How a pack is streamed, folded: what most runs leave to the engine. */
import { Checkbox } from "../../components/Checkbox.js";
import { Disclosure } from "../../components/Disclosure.js";
import { NumberField } from "../../components/NumberField.js";
import { Select } from "../../components/Select.js";
import { useDispatch } from "../../state/context.js";
import { NUMBERS, type NumberName } from "../../state/setup-numbers.js";
import { EVICTIONS, INITIAL_MEMORY, INITIAL_STREAMING, PACKED, type StageField } from "../../state/setup-streaming.js";
import { INITIAL_SETUP, type Problems, type Setup } from "../../state/setup.js";

const WHEN: Record<(typeof PACKED)[number], string> = {
  auto: "Under a budget, where few neurons fire",
  always: "Always from a pack",
  never: "Never, from memory",
};

const ORDERS: Record<(typeof EVICTIONS)[number], string> = {
  auto: "The engine’s own",
  heat: "Least likely to fire",
  lru: "Least recently used",
  window: "Not in the last tokens",
};

const STAGES: { field: StageField; label: string }[] = [
  { field: "offPredictor", label: "Without predictor: compute every gate" },
  { field: "offBundle", label: "Without bundles: read Gate, then Up and Down, by themselves" },
  { field: "offCache", label: "Without cache: forget neurons after each token" },
  { field: "offPipeline", label: "Without pipeline: compute when all have come" },
];

const STREAMING_NUMBERS = ["cacheNeurons", "patience"] as const satisfies NumberName[];

export function StreamingFields({ setup, problems }: { setup: Setup; problems: Problems }) {
  const dispatch = useDispatch();
  const change = (fields: Partial<Setup>) => dispatch({ type: "setup", change: fields });
  const choosesPack = setup.engine === "phonon";
  const streams = !choosesPack || setup.packed !== "never";
  return (
    <Disclosure title="Streaming from flash" {...noteOf(setup, problems)}>
      <div className="setup-fields">
        {choosesPack && (
          <Select
            label="Stream the model"
            value={setup.packed}
            options={PACKED.map((id) => ({ id, label: WHEN[id] }))}
            onChange={(packed) => change({ packed })}
          />
        )}
        {streams && (
          <>
            <div className="generation">
              {choosesPack && (
                <Select
                  label="Evict"
                  value={setup.eviction}
                  options={EVICTIONS.map((id) => ({ id, label: ORDERS[id] }))}
                  onChange={(eviction) => change({ eviction })}
                />
              )}
              <NumberField
                label="Cache, neurons"
                placeholder="all that fit"
                step={1024}
                least={1}
                value={setup.cacheNeurons}
                problem={problems.cacheNeurons}
                onChange={(cacheNeurons) => change({ cacheNeurons })}
              />
            </div>
            <NumberField
              label="Patience, s"
              hint="Flash that has not answered at all for so long has failed."
              placeholder="10"
              least={NUMBERS.patience.least}
              most={NUMBERS.patience.most}
              value={setup.patience}
              problem={problems.patience}
              onChange={(patience) => change({ patience })}
            />
            {STAGES.map(({ field, label }) => (
              <Checkbox key={field} isSelected={setup[field]} onChange={(off) => change({ [field]: off })}>
                {label}
              </Checkbox>
            ))}
            <Checkbox isSelected={setup.verifyReads} onChange={(verifyReads) => change({ verifyReads })}>
              Compare what is read with its checksum
            </Checkbox>
          </>
        )}
      </div>
    </Disclosure>
  );
}

function noteOf(setup: Setup, problems: Problems): { note?: string } {
  if (STREAMING_NUMBERS.some((name) => problems[name] !== undefined)) return { note: "needs attention" };
  const fields = [...(Object.keys(INITIAL_STREAMING) as (keyof typeof INITIAL_STREAMING)[]), ...STREAMING_NUMBERS];
  const changed = fields.filter((name) => !(name in INITIAL_MEMORY) && setup[name] !== INITIAL_SETUP[name]).length;
  return changed === 0 ? {} : { note: `${changed} changed` };
}
