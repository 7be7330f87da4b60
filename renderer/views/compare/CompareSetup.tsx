/** What shall be compared, and the button that starts or cancels it. */
import { useEffect, useState } from "react";
import type { ComparisonState, Failure, Request } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Elsewhere } from "../../components/Elsewhere.js";
import { EngineChoice } from "../../components/EngineChoice.js";
import { Notice } from "../../components/Notice.js";
import { NumberField } from "../../components/NumberField.js";
import { Select } from "../../components/Select.js";
import { TextField } from "../../components/TextField.js";
import {
  chooseEngine,
  keepForm,
  requestOf,
  restoreForm,
  type CompareForm,
  type FormProblems,
} from "../../state/compare-form.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { fileOf, modelInWords, nameOf, valueOf } from "../../state/models.js";
import { plain } from "../../state/plain.js";
import { stateInWords } from "../../state/targets.js";

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
  const obstacle = useObstacle(target);
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
      <TargetSelect chosen={target} />
      <ModelSelect chosen={model} />
      <Fields
        form={form}
        problems={"problems" in outcome ? outcome.problems : {}}
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
    </form>
  );
}

/** Why nothing can be started now; null: it can. */
function useObstacle(chosen: string): string | null {
  return useSelect((state) => {
    if (state.connection !== "open") return "Not connected.";
    if (state.targets === null) return "Looking for targets …";
    const target = state.targets.find(({ id }) => id === chosen);
    if (target === undefined) return "The target that was chosen is not connected.";
    return target.state === "ready" ? null : (target.remedy ?? "The target is not ready.");
  });
}

function TargetSelect({ chosen }: { chosen: string }) {
  const targets = useSelect((state) => state.targets);
  const dispatch = useDispatch();
  const options = (targets ?? []).map((target) => ({
    id: target.id,
    label: plain(target.name, 60),
    detail: `${stateInWords(target).label} · ${target.id}`,
  }));
  const known = options.some(({ id }) => id === chosen);
  return (
    <Select
      label="Target"
      value={chosen}
      options={known ? options : [...options, { id: chosen, label: chosen, detail: "Not connected" }]}
      onChange={(target) => dispatch({ type: "setup", change: { target } })}
    />
  );
}

function ModelSelect({ chosen }: { chosen: string }) {
  const models = useSelect((state) => state.models);
  const dispatch = useDispatch();
  const options = (models ?? []).map((model) => ({
    id: valueOf(model),
    label: nameOf(model),
    detail: `${fileOf(model)} · ${plain(model.quantisation, 24)}`,
  }));
  const known = options.some(({ id }) => id === chosen);
  return (
    <Select
      label="Model"
      value={chosen}
      options={known ? options : [...options, { id: chosen, label: modelInWords(chosen) }]}
      onChange={(model) => dispatch({ type: "setup", change: { model } })}
    />
  );
}

interface FieldsProps {
  form: CompareForm;
  problems: FormProblems;
  onChange: (change: Partial<CompareForm>) => void;
}

function Fields({ form, problems, onChange }: FieldsProps) {
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
