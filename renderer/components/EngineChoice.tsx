import type { EngineName } from "../../electron/ipc/contract.js";
import { ENGINE_NAMES } from "../state/engines.js";
import { Choice } from "./Choice.js";
import { EngineTag } from "./EngineTag.js";

interface EngineChoiceProps {
  label: string;
  value: EngineName;
  onChange: (engine: EngineName) => void;
}

/** One of the engines, side by side. */
export function EngineChoice(props: EngineChoiceProps) {
  const options = ENGINE_NAMES.map((id) => ({ id, content: <EngineTag engine={id} /> }));
  return <Choice {...props} layout="segments" options={options} />;
}
