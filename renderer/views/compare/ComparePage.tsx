/** Two engines on the same work: what shall be compared, how far it is, and what came of it. */
import { useState } from "react";
import type { Failure } from "../../../electron/ipc/contract.js";
import { Select } from "../../components/Select.js";
import { failureOf } from "../../state/answer.js";
import { useComparisons } from "../../state/compare.js";
import { useClient } from "../../state/context.js";
import { when } from "../../state/format.js";
import { modelInWords } from "../../state/models.js";
import { CompareSetup } from "./CompareSetup.js";
import { ComparisonPanel } from "./ComparisonPanel.js";

export function ComparePage() {
  const client = useClient();
  const { all, reload } = useComparisons();
  const [chosen, setChosen] = useState<string>();
  const [failure, setFailure] = useState<Failure | null>(null);
  const shown = all?.find(({ id }) => id === chosen) ?? all?.[0];

  async function asking(work: () => Promise<void>): Promise<void> {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    }
  }

  return (
    <div className="compare-page">
      <CompareSetup
        going={all?.find(({ status }) => status === "running")}
        failure={failure}
        onDismiss={() => setFailure(null)}
        onStart={(request) =>
          void asking(async () => {
            const { comparisonId } = await client.call("compare.start", request);
            setChosen(comparisonId);
            reload();
          })
        }
        onCancel={(comparisonId) =>
          void asking(async () => {
            await client.call("compare.cancel", { comparisonId });
          })
        }
      />
      <div className="compare-result">
        {all !== null && all.length > 1 && shown && (
          <Select
            label="Comparison"
            value={shown.id}
            onChange={setChosen}
            options={all.map(({ id, startedAt, model, status }) => ({
              id,
              label: `${when(startedAt, new Date())} · ${modelInWords(model)}`,
              detail: status,
            }))}
          />
        )}
        {shown ? (
          <ComparisonPanel key={shown.id} comparison={shown} />
        ) : (
          <section className="panel compare-empty" aria-label="Comparison">
            <p className="empty">
              Both engines get the same prompt tokens, the same forced tokens, threads and cores, and take turns (A B B
              A), so that warming up and slowing down fall on both alike.
            </p>
          </section>
        )}
      </div>
    </div>
  );
}
