/** Synthetic models: a GGUF of a real model's shape with seeded random weights, written by phonon-model. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { PhononError } from "../base/errors.js";
import { rememberModel, runModelTool } from "../models/index.js";
import { ProgressMeter } from "../targets/progress-meter.js";
import type { Progress } from "../targets/target.js";

export interface SynthRequest {
  out: string;
  force?: boolean;
  /** phonon-model's options without their dashes: shape, quant, seed, sparsity, layers, ... */
  options: Readonly<Record<string, string | number | boolean>>;
}

export interface SynthHooks {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  program?: string;
}

const synthesised = z.looseObject({
  path: z.string(),
  bytes: z.number(),
  tensors: z.number(),
  parameters: z.number(),
  architecture: z.string(),
  quantisation: z.string(),
  ms: z.number(),
});
/** What phonon-model says of the file it wrote. */
export type Synthesised = z.infer<typeof synthesised>;

export async function synth(
  { out, force = false, options }: SynthRequest,
  hooks: SynthHooks = {},
): Promise<Synthesised> {
  const path = resolve(out);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists && !force) {
    throw new PhononError("file_exists", `${path} is already there; choose another name, or add --force.`);
  }
  const args = Object.entries(options).flatMap(([name, value]) =>
    value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  let meter: ProgressMeter | undefined;
  const output = await runModelTool(["synth", ...args, "--out", path, ...(force ? ["--force"] : [])], {
    ...(hooks.signal && { signal: hooks.signal }),
    ...(hooks.program !== undefined && { program: hooks.program }),
    onStderrLine: (line) => {
      const step = parseProgress(line);
      if (!step) return;
      meter ??= new ProgressMeter("writing", step.total, 0, hooks.onProgress);
      meter.add(step.done - meter.done);
    },
  });
  await rememberModel(path);
  return synthesised.parse(JSON.parse(output));
}

const progressLine = z.object({ done: z.number().min(0), total: z.number().min(0) });

function parseProgress(line: string): { done: number; total: number } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return progressLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // a line for people
  }
}
