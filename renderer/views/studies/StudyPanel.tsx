/** One study, under way or ended: its headline, how far it is, its charts, its figures. */
import { useState } from "react";
import type { Failure, StudyState } from "../../../electron/ipc/contract.js";
import { LadderChart, SweepCharts } from "../../charts/index.js";
import { Button } from "../../components/Button.js";
import { Confirm } from "../../components/Dialog.js";
import { Notice } from "../../components/Notice.js";
import { WorkProgress } from "../../components/WorkProgress.js";
import { failureOf } from "../../state/answer.js";
import { useClient } from "../../state/context.js";
import { bytes, text } from "../../state/format.js";
import { modelInWords } from "../../state/models.js";
import { studySlots, studyStep } from "../../state/studies.js";
import { headlineOf, KIND_NAMES, modelNameOf, workInWords } from "../../state/study-figures.js";
import { targetInWords } from "../../state/targets.js";
import { LadderTable } from "./LadderTable.js";
import { SweepTable } from "./SweepTable.js";

export function StudyPanel({ study: shown, onDelete }: { study: StudyState; onDelete: () => void }) {
  const { kind, target, model, study, failure, status } = shown;
  const about = [targetInWords(target), modelNameOf(study, modelInWords(model)), workInWords(shown)];
  return (
    <>
      <section className="panel study" aria-label="Study" data-study={shown.id}>
        <div className="study-head">
          <div>
            <h2>{KIND_NAMES[kind]}</h2>
            <p className="facts">{about.join(" · ")}</p>
          </div>
          <StudyActions shown={shown} onDelete={onDelete} />
        </div>
        <Headline shown={shown} />
        <WorkProgress work={shown} step={studyStep(shown)} slots={studySlots(shown)} />
        {failure && <Notice failure={failure} />}
        {status === "cancelled" && <p className="note">The runs that had ended are kept in the history.</p>}
        {study?.warnings.map((warning) => (
          <p key={warning} className="warning">
            {warning}
          </p>
        ))}
      </section>
      {study && (
        <>
          <section className="panel" aria-label="Charts">
            {study.kind === "ablation" ? <LadderChart ablation={study} /> : <SweepCharts sweep={study} />}
          </section>
          <section className="panel" aria-label="Figures">
            {study.kind === "ablation" ? <LadderTable rungs={study.rungs} /> : <SweepTable points={study.points} />}
          </section>
        </>
      )}
    </>
  );
}

function Headline({ shown: { study, kind } }: { shown: StudyState }) {
  const { figure, label, detail } = headlineOf(study, kind);
  return (
    <div className="study-headline" data-testid="headline">
      <span className="study-figure">{figure.figure}</span>
      <span>
        <span className="study-unit">{figure.unit}</span>
        <span className="study-label">{label}</span>
        <span className="facts">{detail}</span>
      </span>
    </div>
  );
}

function StudyActions({ shown: { id, status }, onDelete }: { shown: StudyState; onDelete: () => void }) {
  const client = useClient();
  const [isAsking, setAsking] = useState(false);
  const [exported, setExported] = useState<{ path: string; bytes: number } | Failure | null>(null);
  if (status === "running") return null;
  const save = async (): Promise<void> =>
    setExported(await client.call("studies.export", { studyId: id }).catch((error: unknown) => failureOf(error)));
  return (
    <div className="study-actions">
      {status === "done" && <Button onPress={() => void save()}>Export CSV</Button>}
      <Button variant="danger" onPress={() => setAsking(true)}>
        Delete
      </Button>
      <p className="note" role="status">
        {exported === null ? (
          ""
        ) : "path" in exported ? (
          <>
            Saved {text(bytes(exported.bytes))}: <code>{exported.path}</code>
          </>
        ) : (
          <span className="problem">{exported.message}</span>
        )}
      </p>
      <Confirm
        title="Delete this study?"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        action="Delete"
        onConfirm={onDelete}
      >
        Its figures are removed from the disk for good. Its runs stay in the history.
      </Confirm>
    </div>
  );
}
