/** An engine's name and colour: the same one in every chart, legend and table, and in both themes. */
const ENGINES: Record<string, { label: string; colour: string }> = {
  phonon: { label: "Phonon", colour: "var(--engine-phonon)" },
  "llama.cpp": { label: "llama.cpp", colour: "var(--engine-llama)" },
};

export const engineLabel = (engine: string): string => ENGINES[engine]?.label ?? engine;
export const engineColour = (engine: string): string => ENGINES[engine]?.colour ?? "var(--ink-2)";
