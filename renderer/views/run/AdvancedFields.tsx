/** What most runs leave as it is, folded; how many fields were changed is told beside its title. */
import { Checkbox } from "../../components/Checkbox.js";
import { Disclosure } from "../../components/Disclosure.js";
import { NumberField } from "../../components/NumberField.js";
import { useDispatch } from "../../state/context.js";
import { NUMBERS, type NumberName } from "../../state/setup-numbers.js";
import { INITIAL_SETUP, type Problems, type Setup } from "../../state/setup.js";

interface Field {
  name: NumberName;
  label: string;
  placeholder?: string;
  step?: number;
  hint?: string;
}

const LOADING: Field[] = [
  { name: "threads", label: "Threads", placeholder: "auto" },
  { name: "context", label: "Context", placeholder: "auto", step: 256, hint: "Tokens of KV cache" },
];

const SAMPLER: Field[] = [
  { name: "seed", label: "Seed" },
  { name: "temperature", label: "Temperature", step: 0.1 },
  { name: "topK", label: "Top-k", hint: "0: off" },
  { name: "topP", label: "Top-p", step: 0.05, hint: "1: off" },
  { name: "minP", label: "Min-p", step: 0.01, hint: "0: off" },
  { name: "repeatPenalty", label: "Repeat penalty", step: 0.05, hint: "1: off" },
];

const FORCED: Field = {
  name: "forceTokens",
  label: "Forced tokens",
  placeholder: "off",
  hint: "A seed: decode is fed its tokens, the same for every engine, whatever is sampled.",
};

const ALL: (keyof Setup)[] = [...LOADING, ...SAMPLER, FORCED].map(({ name }) => name);

export function AdvancedFields({ setup, problems }: { setup: Setup; problems: Problems }) {
  const dispatch = useDispatch();
  const number = ({ name, ...field }: Field) => (
    <NumberField
      key={name}
      {...field}
      least={NUMBERS[name].least}
      most={NUMBERS[name].most}
      value={setup[name]}
      problem={problems[name]}
      onChange={(value) => dispatch({ type: "setup", change: { [name]: value } })}
    />
  );
  return (
    <Disclosure title="More settings" {...noteOf(setup, problems)}>
      <div className="setup-fields">
        <div className="generation">{LOADING.map(number)}</div>
        {!setup.greedy && <div className="generation">{SAMPLER.map(number)}</div>}
        {number(FORCED)}
        <Checkbox
          isSelected={setup.ignoreEnd}
          onChange={(ignoreEnd) => dispatch({ type: "setup", change: { ignoreEnd } })}
        >
          Go on after the model’s end token
        </Checkbox>
      </div>
    </Disclosure>
  );
}

function noteOf(setup: Setup, problems: Problems): { note?: string } {
  if (ALL.some((name) => problems[name] !== undefined)) return { note: "needs attention" };
  const changed = [...ALL, "ignoreEnd" as const].filter((name) => setup[name] !== INITIAL_SETUP[name]).length;
  return changed === 0 ? {} : { note: `${changed} changed` };
}
