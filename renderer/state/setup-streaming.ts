/** What a run's setup says of memory and of streaming, and the part of the request that it makes. */
import type { RunRequest } from "../../electron/ipc/contract.js";

export const ENFORCEMENTS = ["auto", "cgroup", "balloon", "none"] as const;
export const PACKED = ["auto", "always", "never"] as const;
export const EVICTIONS = ["auto", "heat", "lru", "window"] as const;

/** Stages that can be left out, by the field that leaves them out. */
export const STAGE_FIELDS = {
  offPredictor: "predictor",
  offBundle: "bundle",
  offCache: "cache",
  offPipeline: "pipeline",
} as const;
export type StageField = keyof typeof STAGE_FIELDS;
const STAGE_NAMES = Object.keys(STAGE_FIELDS) as StageField[];

/** What engines may hold, and find in memory when they begin: asked alike for a run and for a comparison. */
export interface MemorySetup {
  limitMemory: boolean; // to memoryMib
  memoryMib: string; // as typed
  enforce: string; // one of ENFORCEMENTS
  coldCache: boolean;
}

export const INITIAL_MEMORY: MemorySetup = { limitMemory: false, memoryMib: "1024", enforce: "auto", coldCache: false };

export interface StreamingSetup extends MemorySetup, Record<StageField, boolean> {
  packed: string; // one of PACKED
  eviction: string; // one of EVICTIONS
  verifyReads: boolean;
}

export const INITIAL_STREAMING: StreamingSetup = {
  ...INITIAL_MEMORY,
  packed: "auto", // where there is a budget and few neurons fire
  eviction: "auto",
  verifyReads: false,
  offPredictor: false,
  offBundle: false,
  offCache: false,
  offPipeline: false,
};

interface Numbers {
  memoryMib?: number;
  cacheNeurons?: number;
  patience?: number; // seconds
}

const MIB = 1024 ** 2;

/** Of a request; `memoryMib`: undefined without a budget. */
export function memoryPart({ enforce, coldCache }: MemorySetup, memoryMib: number | undefined): Partial<RunRequest> {
  const how = oneOf(ENFORCEMENTS, enforce);
  return {
    ...(memoryMib !== undefined && { memory: memoryMib * MIB, ...(how !== "auto" && { enforce: how }) }),
    ...(coldCache && { coldCache }),
  };
}

/** Options of packs go to engines that have them, and where a pack is not refused. llmflash has a pack and an order of its own. */
export function streamingPart(engine: string, setup: StreamingSetup, numbers: Numbers): Partial<RunRequest> {
  const { packed, eviction, verifyReads } = setup;
  const off = STAGE_NAMES.filter((field) => setup[field]).map((field) => STAGE_FIELDS[field]);
  const limits = memoryPart(setup, numbers.memoryMib);
  if (engine === "llama.cpp") return limits;
  const choosesPack = engine === "phonon";
  if (choosesPack && oneOf(PACKED, packed) === "never") return { ...limits, packed: false };
  const order = oneOf(EVICTIONS, eviction);
  return {
    ...limits,
    ...(choosesPack && packed === "always" && { packed: true }),
    ...(off.length > 0 && { off }),
    ...(choosesPack && order !== "auto" && { eviction: order }),
    ...(numbers.cacheNeurons !== undefined && { cacheNeurons: numbers.cacheNeurons }),
    ...(verifyReads && { verifyReads }),
    ...(numbers.patience !== undefined && { patience: numbers.patience }),
  };
}

/** What was kept from another version may be anything. */
const oneOf = <T extends string>(all: readonly [T, ...T[]], value: string): T =>
  all.find((one) => one === value) ?? all[0];

/** MiB that a budget's slider offers: less than the model at its beginning, more at its end, in so many steps. */
export function budgetRange(
  fileBytes: number,
  memoryBytes: number | null,
): { least: number; most: number; step: number } {
  const file = fileBytes / MIB;
  const whole = Math.max(512, 1.5 * file + 256);
  const most = Math.min(whole, memoryBytes === null ? Infinity : memoryBytes / MIB);
  const step = Math.max(16, 2 ** Math.round(Math.log2(most / 64)));
  return { least: 64, most: Math.max(64 + step, 64 + step * Math.floor((most - 64) / step)), step };
}

/** What a run's setup says when a budget of so many bytes is accepted for a model that does not fit. */
export const inBudget = (bytes: number) =>
  ({ engine: "phonon", limitMemory: true, memoryMib: String(Math.floor(bytes / MIB)), packed: "auto" }) as const;

/** The budget that is offered first: half of the file beside what everything else takes. */
export const firstBudget = (range: ReturnType<typeof budgetRange>, fileBytes: number): number => {
  const wanted = fileBytes / MIB / 2 + 192;
  return Math.min(range.most, range.least + range.step * Math.ceil((wanted - range.least) / range.step));
};
