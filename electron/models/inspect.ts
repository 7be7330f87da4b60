/** What a model file says of itself. */
import { basename } from "node:path";
import { z } from "zod";
import { modelFacts, packedPredictors, type ModelFacts } from "../agent/messages.js";
import { builtInModel } from "./paths.js";
import type { Reader } from "./reader/reader.js";
import { reportOf } from "./reader/report.js";
import { sharedReader } from "./reader/shared.js";
import { leastStreamedBytes } from "./streamed.js";

/** A model as lists show it. */
export interface ModelEntry {
  path: string;
  name: string;
  builtIn: boolean;
  fileBytes: number;
  architecture: string;
  quantisation: string;
  parameters: number;
  contextLength: number; // tokens
  layers: number;
  experts: number; // 1: none to choose from
  expertsUsed: number; // for each token
  kvBytesPerToken: number; // K and V of every layer in F16, which both engines keep
  /** About as little memory as a streamed run takes beside its KV cache; null: a budget does not make it stream. */
  leastStreamedBytes: number | null;
}

const F16_BYTES = 2;

const inspection = modelFacts.extend({
  tensors: z.number(),
  file_type: z.number().nullable(),
  metadata_keys: z.number(),
  metadata: z.record(z.string(), z.unknown()), // the first keys; long texts are cut, arrays are given by type and length
  predictors: packedPredictors.nullish(), // of a pack, by layer; null: it cannot be read
});
export type Inspection = z.infer<typeof inspection>;

export interface InspectOptions {
  signal?: AbortSignal;
  /** For tests: another one in the program's place. */
  reader?: Pick<Reader, "inspect">;
}

export const inspectFacts = async (path: string, options: InspectOptions = {}): Promise<ModelFacts> =>
  modelFacts.parse(await inspectFile(path, options));

/** Everything the reader says of the file. Throws a PhononError that names the file. */
export function inspectFile(
  path: string,
  { reader = sharedReader(), signal }: InspectOptions = {},
): Promise<Inspection> {
  return reportOf(path, inspection, reader.inspect(path, signal));
}

export async function inspectModel(path: string, options: InspectOptions = {}): Promise<ModelEntry> {
  const facts = await inspectFacts(path, options);
  return {
    path,
    name: facts.name || basename(path),
    builtIn: path === builtInModel(),
    fileBytes: facts.file_bytes,
    architecture: facts.architecture,
    quantisation: facts.quantisation,
    parameters: facts.parameters,
    contextLength: facts.context,
    layers: facts.layers,
    experts: facts.experts,
    expertsUsed: facts.experts_used,
    kvBytesPerToken: 2 * facts.layers * facts.kv_heads * facts.head_dim * F16_BYTES,
    leastStreamedBytes: leastStreamedBytes(facts),
  };
}
