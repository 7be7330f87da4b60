/** What shall be compared, and the button that starts or cancels it. */
import { useEffect, useState } from "react";
import type { ComparisonState, Failure, Request } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Elsewhere } from "../../components/Elsewhere.js";
import { EngineChoice } from "../../components/EngineChoice.js";
import { Later } from "../../components/Later.js";
import { MemoryFields } from "../../components/MemoryFields.js";
import { Notice } from "../../components/Notice.js";
import { NumberField } from "../../components/NumberField.js";
import { ModelSelect, TargetSelect, useObstacle } from "../../components/TargetAndModel.js";
import { TextField } from "../../components/TextField.js";
import {
  chooseEngine,
  keepForm,
  requestOf,
  restoreForm,
  type CompareForm,
  type FormProblems,
} from "../../state/compare-form.js";
import { useSelect } from "../../state/context.js";
import { useNarrow } from "../use-narrow.js";

interface CompareSetupProps {
  going: ComparisonState | undefined;
  failure: Failure | null;
  onDismiss: () => void;
  onStart: (request: Request<"compare.start">) => void;
  onCancel: (id: string) => void;
}

export function CompareSetup({ going, failure, onDismiss, onStart, onCancel }: CompareSetupProps) {
  const [form, setForm] = useState(() => restoreForm(sessionStorage));
  const { target, model } = useSelect((state) => state.setup);
  const outcome = requestOf(form, target, model);
  const obstacle = useObstacle();
  const isAbove = useNarrow(); // the comparison, in place of beside it
  useEffect(() => keepForm(form, sessionStorage), [form]);
  return (
    <form
      className="panel compare-setup"
      aria-label="Set up a comparison"
      onSubmit={(event) => {
        event.preventDefault();
        if ("request" in outcome && obstacle === null && !going) onStart(outcome.request);
      }}
    >
      <Later isNow={isAbove}>
        <TargetSelect />
        <ModelSelect />
        <Fields
          form={form}
          problems={"problems" in outcome ? outcome.problems : {}}
          isQuiet={going !== undefined}
          onChange={(change) => setForm({ ...form, ...change })}
        />
        {failure && <Notice failure={failure} onDismiss={onDismiss} />}
        {obstacle !== null && <p className="note problem">{obstacle}</p>}
        {!going && <Elsewhere target={target} />}
        {going ? (
          <Button onPress={() => onCancel(going.id)}>Cancel the comparison</Button>
        ) : (
          <Button type="submit" variant="primary" isDisabled={"problems" in outcome || obstacle !== null}>
            Compare
          </Button>
        )}
      </Later>
    </form>
  );
}

interface FieldsProps {
  form: CompareForm;
  problems: FormProblems;
  isQuiet: boolean; // a comparison goes on
  onChange: (change: Partial<CompareForm>) => void;
}

function Fields({ form, problems, isQuiet, onChange }: FieldsProps) {
  return (
    <>
      <EngineChoice
        label="First engine: its speed over the second's"
        value={form.first}
        onChange={(engine) => onChange(chooseEngine(form, "first", engine))}
      />
      <EngineChoice
        label="Second engine"
        value={form.second}
        onChange={(engine) => onChange(chooseEngine(form, "second", engine))}
      />
      <MemoryFields
        memory={form}
        problem={problems.memoryMib}
        engines={[form.first, form.second]}
        isQuiet={isQuiet}
        onChange={onChange}
      />
      <TextField
        label="Prompt"
        rows={3}
        value={form.prompt}
        problem={problems.prompt}
        onChange={(prompt) => onChange({ prompt })}
      />
      <div className="compare-numbers">
        <NumberField
          label="Rounds"
          least={1}
          value={form.rounds}
          problem={problems.rounds}
          onChange={(rounds) => onChange({ rounds })}
        />
        <NumberField
          label="Tokens"
          least={1}
          value={form.tokens}
          problem={problems.tokens}
          onChange={(tokens) => onChange({ tokens })}
        />
        <NumberField
          label="Threads"
          least={1}
          placeholder="auto"
          value={form.threads}
          problem={problems.threads}
          onChange={(threads) => onChange({ threads })}
        />
      </div>
      <p className="note">Six rounds or more make a verdict firm.</p>
    </>
  );
}
