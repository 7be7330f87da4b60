import type { EngineName } from "../../electron/ipc/contract.js";
import { Choice } from "./Choice.js";
import { EngineTag } from "./EngineTag.js";

const ENGINES: readonly EngineName[] = ["phonon", "llama.cpp"];

interface EngineChoiceProps {
  label: string;
  value: EngineName;
  onChange: (engine: EngineName) => void;
}

/** One of the engines, side by side. */
export function EngineChoice(props: EngineChoiceProps) {
  const options = ENGINES.map((id) => ({ id, content: <EngineTag engine={id} /> }));
  return <Choice {...props} layout="segments" options={options} />;
}
