/** Which model: the built-in one, those used before, or a GGUF on this computer by its path. */
import { useState } from "react";
import type { ModelEntry } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Select, type Option } from "../../components/Select.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { bytes, count, fileName, parameters, text } from "../../state/format.js";
import { plain } from "../../state/plain.js";
import { AddModel } from "./AddModel.js";
import { ModelFit } from "./ModelFit.js";

export function ModelPicker() {
  const models = useSelect((state) => state.models);
  const chosen = useSelect((state) => state.setup.model);
  const dispatch = useDispatch();
  const [adding, setAdding] = useState(false);
  const model = models?.find((m) => valueOf(m) === chosen);
  const options = (models ?? []).map(optionOf);
  if (model === undefined) options.unshift({ id: chosen, label: chosen === "story" ? "Built-in" : fileName(chosen) });
  return (
    <div className="field">
      <div className="field-row">
        <Select
          label="Model"
          value={chosen}
          options={options}
          isDisabled={models === null}
          onChange={(path) => dispatch({ type: "setup", change: { model: path } })}
        />
        <Button aria-expanded={adding} onPress={() => setAdding(!adding)}>
          Add …
        </Button>
      </div>
      <p className="facts picked-model">{model && plain(factsOf(model).join(" · "))}</p>
      <ModelFit />
      {adding && <AddModel onAdded={() => setAdding(false)} />}
    </div>
  );
}

/** The built-in model goes by its name, so that it is chosen before the list has come. */
const valueOf = (model: ModelEntry) => (model.builtIn ? "story" : model.path);

function optionOf(model: ModelEntry): Option {
  return { id: valueOf(model), label: plain(model.name), detail: model.builtIn ? "built in" : plain(model.path) };
}

function factsOf(model: ModelEntry): string[] {
  return [
    model.architecture,
    `${parameters(model.parameters)} parameters`,
    model.quantisation,
    text(bytes(model.fileBytes)),
    `context ${count(model.contextLength)}`,
  ];
}
