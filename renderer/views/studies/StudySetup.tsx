/** What shall be measured, and the button that starts or cancels it. */
import { useEffect, useState } from "react";
import type { Failure, Request, StudyEntry } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Choice } from "../../components/Choice.js";
import { Disclosure } from "../../components/Disclosure.js";
import { Elsewhere } from "../../components/Elsewhere.js";
import { EnforceSelect } from "../../components/EnforceSelect.js";
import { Notice } from "../../components/Notice.js";
import { ModelSelect, TargetSelect, useObstacle } from "../../components/TargetAndModel.js";
import { useSelect } from "../../state/context.js";
import { valueOf } from "../../state/models.js";
import {
  keepStudyForm,
  offersOf,
  restoreStudyForm,
  studyRequestOf,
  withOffers,
  type StudyForm,
  type StudyProblems,
} from "../../state/study-form.js";
import { KIND_NAMES } from "../../state/study-figures.js";
import { CurveFields, LadderFields, MoreFields, WorkFields } from "./StudyFields.js";

interface StudySetupProps {
  going: StudyEntry | undefined;
  failure: Failure | null;
  onDismiss: () => void;
  onStart: (request: Request<"studies.start">) => void;
  onCancel: (id: string) => void;
}

const KINDS = (["ablation", "sweep"] as const).map((id) => ({ id, content: KIND_NAMES[id] }));

export function StudySetup({ going, failure, onDismiss, onStart, onCancel }: StudySetupProps) {
  const [form, setForm] = useState(() => restoreStudyForm(sessionStorage));
  const { target, model } = useSelect((state) => state.setup);
  const offers = useOffers(target, model);
  const outcome = studyRequestOf(withOffers(form, offers), target, model);
  const problems = "problems" in outcome ? outcome.problems : {};
  const obstacle = useObstacle();
  const change = (fields: Partial<StudyForm>) => setForm({ ...form, ...fields });
  useEffect(() => keepStudyForm(form, sessionStorage), [form]);
  const fields = { form, problems, onChange: change };
  return (
    <form
      className="panel study-setup"
      aria-label="Set up a study"
      onSubmit={(event) => {
        event.preventDefault();
        if ("request" in outcome && obstacle === null && !going) onStart(outcome.request);
      }}
    >
      <Choice label="Study" value={form.kind} options={KINDS} layout="segments" onChange={(kind) => change({ kind })} />
      <TargetSelect />
      <ModelSelect />
      {form.kind === "ablation" ? (
        <LadderFields {...fields} offers={offers} isQuiet={going !== undefined} />
      ) : (
        <CurveFields {...fields} offers={offers} />
      )}
      <WorkFields {...fields} />
      <Disclosure title="More settings" {...noteOf(problems)}>
        <div className="study-setup">
          <EnforceSelect value={form.enforce} onChange={(enforce) => change({ enforce })} />
          <MoreFields {...fields} />
        </div>
      </Disclosure>
      {failure && <Notice failure={failure} onDismiss={onDismiss} />}
      {obstacle !== null && <p className="note problem">{obstacle}</p>}
      {!going && <Elsewhere target={target} />}
      {going ? (
        <Button onPress={() => onCancel(going.id)}>Cancel the study</Button>
      ) : (
        <Button type="submit" variant="primary" isDisabled={"problems" in outcome || obstacle !== null}>
          {form.kind === "ablation" ? "Climb the ladder" : "Draw the curve"}
        </Button>
      )}
    </form>
  );
}

const noteOf = ({ threads, prompt }: StudyProblems): { note?: string } =>
  (threads ?? prompt) ? { note: "needs attention" } : {};

/** Budgets for the model that is chosen, on this target. */
function useOffers(target: string, model: string) {
  const fileBytes = useSelect((state) => state.models?.find((entry) => valueOf(entry) === model)?.fileBytes ?? 0);
  const memoryBytes = useSelect((state) => state.targets?.find(({ id }) => id === target)?.memoryBytes ?? null);
  return offersOf(fileBytes, memoryBytes);
}
