/** Which model: the built-in one, those used before, or a GGUF on this computer by its path. */
import { useState } from "react";
import type { ModelEntry } from "../../electron/ipc/contract.js";
import { Field } from "../components/Field.js";
import { bytes, count, fileName, parameters, text } from "../state/format.js";
import { useDispatch, useSelect, useSession } from "../state/context.js";

export function ModelPicker() {
  const models = useSelect((state) => state.models);
  const chosen = useSelect((state) => state.setup.model);
  const dispatch = useDispatch();
  const [adding, setAdding] = useState(false);
  const model = models?.find((m) => valueOf(m) === chosen);
  return (
    <div className="group">
      <Field label="Model">
        {(control) => (
          <div className="row">
            <select
              {...control}
              value={chosen}
              disabled={models === null}
              onChange={(event) => dispatch({ type: "setup", change: { model: event.target.value } })}
            >
              {model === undefined && (
                <option value={chosen}>{chosen === "story" ? "Built-in story model" : fileName(chosen)}</option>
              )}
              {models?.map((m) => (
                <option key={m.path} value={valueOf(m)}>
                  {m.name} ({m.builtIn ? "built in" : fileName(m.path)})
                </option>
              ))}
            </select>
            <button type="button" aria-expanded={adding} onClick={() => setAdding(!adding)}>
              Add …
            </button>
          </div>
        )}
      </Field>
      {model && <p className="facts">{factsOf(model).join(" · ")}</p>}
      {adding && <AddModel onAdded={() => setAdding(false)} />}
    </div>
  );
}

/** The built-in model goes by its name, so that it is chosen before the list has come. */
const valueOf = (model: ModelEntry) => (model.builtIn ? "story" : model.path);

function factsOf(model: ModelEntry): string[] {
  return [
    model.architecture,
    `${parameters(model.parameters)} parameters`,
    model.quantisation,
    text(bytes(model.fileBytes)),
    `context ${count(model.contextLength)}`,
  ];
}

function AddModel({ onAdded }: { onAdded: () => void }) {
  const session = useSession();
  const [path, setPath] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function add(): Promise<void> {
    if (path.trim() === "") {
      setProblem("Type the path of a GGUF file.");
      return;
    }
    setBusy(true);
    const failure = await session.addModel(path.trim());
    setBusy(false);
    if (failure === null) onAdded();
    else setProblem(failure.message);
  }

  return (
    <form
      className="add-model"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Field label="Path of a GGUF file" hint="On the computer that runs Phonon." problem={problem}>
        {(control) => (
          <div className="row">
            <input
              {...control}
              type="text"
              autoFocus
              spellCheck={false}
              placeholder="~/models/model.gguf"
              value={path}
              onChange={(event) => {
                setPath(event.target.value);
                setProblem(undefined);
              }}
            />
            <button type="submit" disabled={busy}>
              {busy ? "Reading …" : "Add"}
            </button>
          </div>
        )}
      </Field>
    </form>
  );
}
