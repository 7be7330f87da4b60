/** What was packed where: one file per pack, so that it is known with what options and measurements a pack was made. */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { activation, packedEvent, predictorKind, requantise } from "../agent/messages.js";
import { writeJson } from "../base/atomic.js";
import { hasCode } from "../base/errors.js";
import { phononHome } from "../base/home.js";

const VERSION = 1;

export const packRecordSchema = z.object({
  version: z.literal(VERSION),
  target: z.string().max(1024),
  name: z.string().max(256), // of the pack's file
  path: z.string().max(4096), // on the target
  model: z.string().max(4096), // on this computer
  sha256: z.string().max(64), // the model's
  packed_at: z.iso.datetime(),
  agent_build: z.string().max(1024),
  options: z.object({
    text: z.object({ path: z.string().max(4096), sha256: z.string().max(64) }).nullable(), // null: what the model writes
    energy: z.number(), // share of the activations' energy that the predictor had to keep
    sparsity: z.number().default(0), // of a SiLU model, share of the activations that count as nothing
    requantise: requantise.nullable().default(null), // null: nothing
    activation: activation.nullable(), // null: the model's own
    predictor: predictorKind.default("auto"), // of all layers; "auto": the cheaper one of each
    seed: z.number(),
  }),
  ...packedEvent.pick({ bytes: true, seconds: true, profile: true, predictor: true, quality: true }).shape,
});

export type PackRecord = z.output<typeof packRecordSchema>;

export async function keepPack(record: Omit<PackRecord, "version">): Promise<PackRecord> {
  const kept = { version: VERSION, ...record } as const;
  await mkdir(folder(), { recursive: true });
  await writeJson(fileOf(record.target, record.name), kept);
  return kept;
}

/** Null: it was not made from here, or that is no longer known. */
export const readPack = (target: string, name: string): Promise<PackRecord | null> => read(fileOf(target, name));

/** Packs that were made of this file from here, on any target. */
export async function packsOf(model: string): Promise<PackRecord[]> {
  return (await allPacks()).filter((record) => record.model === model);
}

/** Packs on this target of what `model`'s file held before, with the same activation. */
export async function formerPacks({ target, name, model, options }: PackRecord): Promise<PackRecord[]> {
  return (await allPacks()).filter(
    (other) =>
      other.target === target &&
      other.model === model &&
      other.options.activation === options.activation &&
      other.name !== name,
  );
}

export const forgetPack = ({ target, name }: PackRecord): Promise<void> => rm(fileOf(target, name), { force: true });

async function allPacks(): Promise<PackRecord[]> {
  const names = await readdir(folder()).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return []; // nothing was packed yet
    throw error;
  });
  return (await Promise.all(names.map((name) => read(join(folder(), name))))).flatMap((record) => record ?? []);
}

async function read(path: string): Promise<PackRecord | null> {
  try {
    return packRecordSchema.safeParse(JSON.parse(await readFile(path, "utf8"))).data ?? null;
  } catch (error) {
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError) return null; // the pack itself is what counts
    throw error;
  }
}

const folder = (): string => join(phononHome(), "packed");
const fileOf = (target: string, name: string): string => join(folder(), `${encodeURIComponent(target)}-${name}.json`);
