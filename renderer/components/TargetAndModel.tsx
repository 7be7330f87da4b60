/** What is measured, and where: the choice that all views share, and why nothing can be started there. */
import { useDispatch, useSelect } from "../state/context.js";
import { fileOf, modelInWords, nameOf, valueOf } from "../state/models.js";
import { plain } from "../state/plain.js";
import { stateInWords } from "../state/targets.js";
import { Select } from "./Select.js";

/** Why nothing can be started now; null: it can. */
export function useObstacle(): string | null {
  return useSelect((state) => {
    if (state.connection !== "open") return "Not connected.";
    if (state.targets === null) return "Looking for targets …";
    const target = state.targets.find(({ id }) => id === state.setup.target);
    if (target === undefined) return "The target that was chosen is not connected.";
    return target.state === "ready" ? null : (target.remedy ?? "The target is not ready.");
  });
}

export function TargetSelect() {
  const chosen = useSelect((state) => state.setup.target);
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

export function ModelSelect() {
  const chosen = useSelect((state) => state.setup.model);
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
