/** The fields of a study: its budgets, and how much each run does. */
import { Checkbox } from "../../components/Checkbox.js";
import { EngineTag } from "../../components/EngineTag.js";
import { NumberField } from "../../components/NumberField.js";
import { PlannedSpeed } from "../../components/PlannedSpeed.js";
import { TextField } from "../../components/TextField.js";
import type { Offers, StudyField, StudyForm, StudyProblems } from "../../state/study-form.js";

interface FieldsProps {
  form: StudyForm; // as typed
  problems: StudyProblems;
  onChange: (change: Partial<StudyForm>) => void;
}

interface BudgetsProps extends FieldsProps {
  offers: Offers;
}

interface NumberProps extends FieldsProps {
  name: StudyField;
  label: string;
  least?: number;
  step?: number;
  placeholder?: string;
}

function StudyNumber({ form, problems, onChange, name, ...props }: NumberProps) {
  return (
    <NumberField
      least={1}
      {...props}
      value={form[name]}
      problem={problems[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
}

const BUDGET = { least: 16, step: 16 }; // MiB

/** What is typed, or else offered. */
function BudgetNumber({ name, offers, ...props }: NumberProps & BudgetsProps & { name: keyof Offers }) {
  return <StudyNumber {...props} {...BUDGET} name={name} placeholder={offers[name]} />;
}

/** `isQuiet`: nothing is foreseen, since something is measured. */
export function LadderFields({ isQuiet, offers, ...fields }: BudgetsProps & { isQuiet: boolean }) {
  const mib = Number(fields.form.memory || offers.memory);
  return (
    <>
      <div className="study-numbers">
        <BudgetNumber {...fields} offers={offers} name="memory" label="Budget, MiB" />
        <StudyNumber {...fields} name="ladderRounds" label="Rounds" />
      </div>
      {!isQuiet && Number.isFinite(mib) && <PlannedSpeed memoryMib={mib} />}
      <p className="note">Six rungs, each in this budget. Six rounds or more make a verdict firm.</p>
    </>
  );
}

export function CurveFields({ offers, ...fields }: BudgetsProps) {
  const { form, onChange } = fields;
  return (
    <>
      <div className="study-numbers">
        <BudgetNumber {...fields} offers={offers} name="from" label="From, MiB" />
        <BudgetNumber {...fields} offers={offers} name="to" label="To, MiB" />
        <StudyNumber {...fields} name="steps" label="Steps" least={2} />
        <StudyNumber {...fields} name="curveRounds" label="Rounds" />
      </div>
      <div className="field" role="group" aria-label="Engines beside Phonon">
        <span className="label">Beside Phonon</span>
        <Checkbox isSelected={form.withLlama} onChange={(withLlama) => onChange({ withLlama })}>
          <EngineTag engine="llama.cpp" />
        </Checkbox>
        <Checkbox isSelected={form.withLlmflash} onChange={(withLlmflash) => onChange({ withLlmflash })}>
          <EngineTag engine="llmflash" />
        </Checkbox>
      </div>
    </>
  );
}

export function WorkFields(fields: FieldsProps) {
  return (
    <>
      <div className="study-numbers">
        <StudyNumber {...fields} name="tokens" label="Tokens" />
        <StudyNumber {...fields} name="seconds" label="Seconds" />
      </div>
      <p className="note">A run decodes so many tokens, or for so long where it is slow, though at least 8 tokens.</p>
    </>
  );
}

export function MoreFields(fields: FieldsProps) {
  const { form, problems, onChange } = fields;
  return (
    <>
      <StudyNumber {...fields} name="threads" label="Threads" placeholder="auto" />
      <TextField
        label="Prompt"
        rows={2}
        value={form.prompt}
        problem={problems.prompt}
        onChange={(prompt) => onChange({ prompt })}
      />
    </>
  );
}
