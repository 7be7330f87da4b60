/** One model: what it is, what a run of it needs, and how it stands with every target. */
import { useState } from "react";
import type { ModelEntry } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Confirm } from "../../components/Dialog.js";
import { Hint } from "../../components/Hint.js";
import { NumberField } from "../../components/NumberField.js";
import { failureOf } from "../../state/answer.js";
import { useClient, useDispatch, useSelect } from "../../state/context.js";
import { count } from "../../state/format.js";
import { contextOf, describe, fileOf, nameOf, placeOf, valueOf } from "../../state/models.js";
import type { Placements } from "../../state/placements.js";
import { plain } from "../../state/plain.js";
import { goTo } from "../../state/route.js";
import { TargetFit } from "./TargetFit.js";

const ESTIMATE =
  "An estimate from the file's facts and what the target has free now; the engine's own check when it loads decides.";

interface ModelDetailProps {
  model: ModelEntry;
  placements: Placements;
  isChosen: boolean;
  onHashed: () => void; // placements may know more now
}

export function ModelDetail({ model, placements, isChosen, onHashed }: ModelDetailProps) {
  const dispatch = useDispatch();
  const targets = useSelect((state) => state.targets);
  const [typed, setTyped] = useState("");
  const context = contextOf(typed);
  return (
    <section className="panel model-detail" aria-label={nameOf(model)}>
      <header>
        <h2>{nameOf(model)}</h2>
        <p className="note">{model.builtIn ? "Comes with Phonon" : plain(model.path, 400)}</p>
      </header>
      <dl className="model-facts">
        {describe(model).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="model-actions">
        <Button
          variant="primary"
          onPress={() => {
            dispatch({ type: "setup", change: { model: valueOf(model) } });
            goTo("run");
          }}
        >
          Run this model
        </Button>
        {!model.builtIn && <Remove model={model} />}
        {isChosen && <span className="note">Chosen for runs</span>}
      </div>
      <div className="model-fits">
        <div className="fits-head">
          <h3>
            <Hint text={ESTIMATE}>Where it fits</Hint>
          </h3>
          <NumberField
            label="For a context of"
            value={typed}
            onChange={setTyped}
            placeholder={`${count(Math.min(model.contextLength, 4096))} tokens`}
            step={1024}
            least={256}
            problem={context === null ? "A number of tokens." : undefined}
          />
        </div>
        {targets === null && <p className="empty">Looking for targets …</p>}
        {targets?.map((target) => (
          <TargetFit
            key={target.id}
            model={model}
            target={target}
            place={placeOf(placements.get(target.id), model)}
            context={context ?? undefined}
            onContext={setTyped}
            onHashed={onHashed}
          />
        ))}
      </div>
    </section>
  );
}

function Remove({ model }: { model: ModelEntry }) {
  const client = useClient();
  const dispatch = useDispatch();
  const chosen = useSelect((state) => state.setup.model);
  const [asking, setAsking] = useState(false);

  async function remove(): Promise<void> {
    try {
      await client.call("models.forget", { path: model.path });
      if (chosen === model.path) dispatch({ type: "setup", change: { model: "story" } });
      dispatch({ type: "models", models: await client.call("models.list", null) });
    } catch (error) {
      dispatch({ type: "failed", failure: failureOf(error) });
    }
  }

  return (
    <>
      <Button onPress={() => setAsking(true)}>Remove from the list</Button>
      <Confirm
        title={`Remove ${fileOf(model)} from the list?`}
        isOpen={asking}
        onClose={() => setAsking(false)}
        action="Remove"
        onConfirm={() => void remove()}
      >
        <p>The file stays where it is, on this computer and on phones. It can be added again at any time.</p>
      </Confirm>
    </>
  );
}
