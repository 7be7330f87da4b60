/** Ladders of stages and curves over memory: what shall be measured, what was, and what came of the one that is shown. */
import { useState } from "react";
import type { Failure } from "../../../electron/ipc/contract.js";
import { Notice } from "../../components/Notice.js";
import { failureOf } from "../../state/answer.js";
import { useClient } from "../../state/context.js";
import { goTo } from "../../state/route.js";
import { useStudies, useStudy } from "../../state/studies.js";
import { StudyList } from "./StudyList.js";
import { StudyPanel } from "./StudyPanel.js";
import { StudySetup } from "./StudySetup.js";

export function StudiesPage({ argument }: { argument: string | null }) {
  const client = useClient();
  const studies = useStudies();
  const [failure, setFailure] = useState<Failure | null>(null);
  const shownId = argument ?? studies.all?.find(({ status }) => status !== "damaged")?.id;
  const shown = useStudy(shownId);

  async function asking(work: () => Promise<void>): Promise<void> {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    }
  }

  function remove(studyId: string): void {
    void asking(async () => {
      await client.call("studies.delete", { studyId });
      if (studyId === shownId) goTo("studies");
    });
  }

  return (
    <div className="studies-page">
      <div className="studies-side">
        <StudySetup
          going={studies.all?.find(({ status }) => status === "running")}
          failure={failure}
          onDismiss={() => setFailure(null)}
          onStart={(request) =>
            void asking(async () => {
              const { studyId } = await client.call("studies.start", request);
              studies.again();
              goTo("studies", studyId);
            })
          }
          onCancel={(studyId) =>
            void asking(async () => {
              await client.call("studies.cancel", { studyId });
            })
          }
        />
        {studies.failure && <Notice failure={studies.failure} />}
        {studies.all !== null && studies.all.length > 0 && (
          <StudyList all={studies.all} shown={shownId} onDelete={remove} />
        )}
      </div>
      <div className="studies-result">
        {shown.failure && <Notice failure={shown.failure} />}
        {shown.study ? (
          <StudyPanel key={shown.study.id} study={shown.study} onDelete={() => shown.study && remove(shown.study.id)} />
        ) : (
          shownId === undefined && studies.all !== null && <FirstUse />
        )}
      </div>
    </div>
  );
}

function FirstUse() {
  return (
    <section className="panel studies-empty" aria-label="Study">
      <p className="empty">
        A <strong>ladder</strong> shows what each stage of streaming gains in one memory budget: llama.cpp, then Phonon
        without bundles, cache and pipeline, then with one of them more on every rung. A <strong>curve</strong> shows
        what memory buys: the same run in one budget after the other. All take turns in rounds on the same tokens,
        threads and cores, each run with a cold page cache.
      </p>
    </section>
  );
}
