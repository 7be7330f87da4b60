/** The models to choose from, what each is, where it is already, and where it fits. */
import { Fragment, useState } from "react";
import { useSelect } from "../../state/context.js";
import { valueOf } from "../../state/models.js";
import { usePlacements } from "../../state/placements.js";
import { AddFile } from "./AddFile.js";
import { ModelDetail } from "./ModelDetail.js";
import { ModelList } from "./ModelList.js";
import { Packs } from "./Packs.js";

export function ModelsPage() {
  const models = useSelect((state) => state.models);
  const chosen = useSelect((state) => state.setup.model);
  const [shown, setShown] = useState(chosen);
  const { placements, again } = usePlacements();
  const model = models?.find((entry) => valueOf(entry) === shown) ?? models?.[0];
  return (
    <AddFile onAdded={(added) => setShown(valueOf(added))}>
      <div className="models-page">
        <section className="panel model-list" aria-label="Models">
          {models === null ? (
            <p className="empty">Reading the models …</p>
          ) : (
            <ModelList models={models} placements={placements} shown={model && valueOf(model)} onShow={setShown} />
          )}
        </section>
        {model && (
          <Fragment key={model.path}>
            <ModelDetail {...{ model, placements }} isChosen={valueOf(model) === chosen} onHashed={again} />
            <Packs model={model} />
          </Fragment>
        )}
      </div>
    </AddFile>
  );
}
