/** An engine's name and colour: the same one in every chart, legend and table, and in both themes. */
import type { EngineName } from "../../electron/ipc/contract.js";

const LOOKS: Record<EngineName, { label: string; colour: string }> = {
  phonon: { label: "Phonon", colour: "var(--engine-phonon)" },
  "llama.cpp": { label: "llama.cpp", colour: "var(--engine-llama)" },
  llmflash: { label: "LLM in a flash", colour: "var(--engine-llmflash)" },
};
export const ENGINE_NAMES = Object.keys(LOOKS) as EngineName[];

export const isEngine = (name: string): name is EngineName => Object.hasOwn(LOOKS, name);
export const engineLabel = (engine: string): string => (isEngine(engine) ? LOOKS[engine].label : engine);
export const engineColour = (engine: string): string => (isEngine(engine) ? LOOKS[engine].colour : "var(--ink-2)");
