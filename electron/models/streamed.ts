/** Which models are streamed from a pack by themselves, and in how little memory: an estimate from a file's metadata. */
import type { ModelFacts } from "../agent/messages.js";

const SPARSE: readonly string[] = ["relu", "drelu", "relu2"]; // where few neurons fire

export const isSparse = (activation: string): boolean => SPARSE.includes(activation);

const MATRICES = 3; // Gate, Up, Down
const PREDICTOR_BITS = 2.25; // a weight of Gate, with its scales
const SCALES = 0.05; // of the FFNs: Down's scales stay in memory
const LAYERS_IN_MEMORY = 2; // of neurons, at the least
const WORKING_BYTES = 96 * 2 ** 20; // reading, a batch of the prompt, the process itself

type Facts = Pick<ModelFacts, "activation" | "experts" | "layers" | "embedding" | "ffn" | "parameters" | "file_bytes">;

/** The least memory without its KV cache; null: every token would read the whole model, so it runs from memory. */
export function leastStreamedBytes(facts: Facts): number | null {
  const { activation, experts, layers, embedding, ffn, parameters, file_bytes: file } = facts;
  if (!isSparse(activation) || experts > 1 || parameters <= 0 || layers <= 0) return null;
  const gate = layers * ffn * embedding;
  const ffns = file * Math.min(1, (MATRICES * gate) / parameters);
  const resident = file - ffns + SCALES * ffns + (gate * PREDICTOR_BITS) / 8;
  return Math.round(resident + (LAYERS_IN_MEMORY * ffns) / layers + WORKING_BYTES);
}
