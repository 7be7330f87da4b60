/** What a model file says of itself. */
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { modelFacts, type ModelFacts } from "../agent/messages.js";
import { hasCode, messageOf, PhononError } from "../base/errors.js";
import { builtInModel } from "./paths.js";
import { runModelTool, type ToolOptions } from "./tool.js";

const INSPECT_MS = 30_000; // metadata only: even a vocabulary of 256 000 tokens is read in well under a second

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
}

const F16_BYTES = 2;

const inspection = modelFacts.extend({
  tensors: z.number(),
  file_type: z.number().nullable(),
  metadata_keys: z.number(),
  metadata: z.record(z.string(), z.unknown()), // the first keys; long texts are cut, arrays are given by type and length
});
export type Inspection = z.infer<typeof inspection>;

export const inspectFacts = async (path: string, options: ToolOptions = {}): Promise<ModelFacts> =>
  modelFacts.parse(await inspectFile(path, options));

/** Everything the tool says of the file. Throws a PhononError that names the file. */
export async function inspectFile(path: string, options: ToolOptions = {}): Promise<Inspection> {
  await checkFile(path);
  let output: string;
  try {
    output = await runModelTool(["inspect", path], { timeoutMs: INSPECT_MS, ...options });
  } catch (error) {
    if (!(error instanceof PhononError) || error.message.includes(path)) throw error;
    throw new PhononError(error.code, `${path}: ${error.message}`, { cause: error });
  }
  try {
    return inspection.parse(JSON.parse(output));
  } catch (error) {
    throw new PhononError(
      "internal",
      `${path}: phonon-model answered something else than expected: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

export async function inspectModel(path: string, options: ToolOptions = {}): Promise<ModelEntry> {
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
  };
}

/** The clear errors that need no tool. */
async function checkFile(path: string): Promise<void> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new PhononError("file_invalid", `${path} is not a file`);
    if (facts.size === 0) throw new PhononError("file_invalid", `${path} is empty`);
    await (await open(path, "r")).close();
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      throw new PhononError("file_missing", `${path}: there is no such file`, { cause: error });
    }
    if (error instanceof PhononError) throw error;
    throw new PhononError("file_missing", `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
