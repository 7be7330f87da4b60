/**
 * What a run is asked to do (RunRequest). It comes from outside (the UI, a command line), so it is a schema, and is
 * bounded here, before anything reaches a target. What a run came to (RunSummary) is declared with the store.
 */
import { z } from "zod";
import type { Engine } from "../agent/builds.js";
import { enforcement, eviction, predictorKind } from "../agent/messages.js";
import type { EngineName } from "../targets/target.js";

/** "llmflash": Phonon's agent, streaming a pack as LLM in a flash (Alizadeh et al., 2023) describes it. */
export const ENGINES = ["phonon", "llama.cpp", "llmflash"] as const;
/** Whose agent runs it. */
export const agentOf = (engine: EngineName): Engine => (engine === "llmflash" ? "phonon" : engine);
export const ENFORCEMENTS = enforcement.options;
export const MIN_MEMORY_BYTES = 16 * 1024 ** 2; // no agent runs in less
export const ACTIVATIONS = ["silu", "relu", "drelu", "relu2"] as const;
export const PREDICTORS = predictorKind.options;

/** Stages of streaming that can be left out. */
export const STAGES = ["bundle", "cache", "pipeline", "predictor"] as const;
export type Stage = (typeof STAGES)[number];
export const EVICTIONS = eviction.options;
/** What is read of a neuron that is not in memory: all, or Gate and then the rest where it fires. */
export const READS = ["whole", "two-phase"] as const;

/** How a pack is run; each of them asks for a pack. */
export const STREAM_OPTIONS = [
  ...(["off", "reads", "hotFrequency", "eviction"] as const),
  ...(["cacheNeurons", "verifyReads", "patience", "queueDepth", "ioCore"] as const),
];

/** Options that not every engine has, with the value that asks for nothing. */
const LLMFLASH = {
  ...{ activation: undefined, kernels: undefined, off: undefined, reads: undefined },
  ...{ cacheNeurons: undefined, verifyReads: undefined, patience: undefined, queueDepth: undefined, ioCore: undefined },
};
const PHONON = { ...LLMFLASH, packed: undefined, eviction: undefined, hotFrequency: undefined };
const LLAMA = { level: undefined, mmap: true, repack: true, flashAttention: true };
const OWN: Record<EngineName, object> = { phonon: PHONON, llmflash: LLMFLASH, "llama.cpp": LLAMA };

const MAX_PROMPT_BYTES = 900_000; // as JSON: one protocol line is at most 1 MiB
const MAX_PROMPT_TOKENS = 100_000; // ids of a vocabulary take up to 8 bytes each in that line
const MAX_TOKENS = 1_000_000;
const MAX_SECONDS = 86_400;
const MAX_CORES = 256;
const MAX_CORE = 1023;

const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const tokenId = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const shortName = z.string().regex(/^[A-Za-z0-9_.+-]{1,32}$/, "letters, digits and _ . + - only");

/** Half a surrogate pair has no UTF-8. */
const wellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

export const samplerSchema = z.object({
  temperature: z.number().min(0).max(100).default(0.8),
  topK: z.int().min(0).max(1_000_000).default(40), // 0: off
  topP: z.number().gt(0).max(1).default(0.95), // 1: off
  minP: z.number().min(0).max(1).default(0.05), // 0: off
  repeatPenalty: z.number().gt(0).max(100).default(1), // 1: off
  repeatLast: z.int().min(0).max(65_536).default(64),
});

export const runRequestSchema = z
  .strictObject({
    target: z
      .string()
      .regex(/^(local|adb:[^\s/\\]{1,128})$/, 'must be "local" or "adb:SERIAL"')
      .default("local"),
    engine: z.enum(ENGINES).default("phonon"),
    model: z.string().min(1).max(4096).default("story"), // a path on this computer, or "story": the built-in model
    // What is evaluated first: exactly one of these three.
    prompt: z
      .string()
      .refine((text) => new TextEncoder().encode(JSON.stringify(text)).length <= MAX_PROMPT_BYTES, {
        message: `is over ${MAX_PROMPT_BYTES} bytes`,
      })
      .refine(wellFormed, { message: "holds half a character" })
      .optional(),
    promptTokens: z.array(tokenId).min(1).max(MAX_PROMPT_TOKENS).optional(),
    promptRandom: z.int().min(1).max(MAX_PROMPT_TOKENS).optional(), // this many pseudo-random tokens, from `seed`
    tokens: z.int().min(1).max(MAX_TOKENS).default(128), // at most this many are generated
    seconds: z.number().min(0.1).max(MAX_SECONDS).optional(), // of decoding, at most, though not before some tokens
    special: z.boolean().default(true), // control tokens in the prompt's text are recognised
    stop: z
      .array(z.string().min(1).max(256).refine(wellFormed, { message: "holds half a character" }))
      .max(16)
      .default([]),
    ignoreEnd: z.boolean().default(false), // goes on after the model's end token
    forceTokens: seed.optional(), // decode feeds this seed's token stream in place of what was sampled
    sampler: samplerSchema.prefault({}),
    seed: seed.default(0),
    greedy: z.boolean().default(false), // temperature 0, whatever the sampler says
    // How the model is loaded. Left out: the agent decides.
    threads: z.int().min(1).max(MAX_CORES).optional(),
    cores: z.array(z.int().min(0).max(MAX_CORE)).min(1).max(MAX_CORES).optional(), // one per thread
    context: z.int().min(1).max(16_777_216).optional(), // tokens of KV cache
    batch: z.int().min(1).max(65_536).optional(), // tokens evaluated together in prefill
    activation: z.enum(ACTIVATIONS).optional(), // overrides the model's metadata
    kernels: shortName.optional(), // Phonon's instruction-set level ("scalar", "avx2", ...)
    packed: z.boolean().optional(), // from a pack on flash; left out: where `memory` is given and few neurons fire
    off: z.array(z.enum(STAGES)).max(STAGES.length).optional(), // stages of streaming to leave out
    reads: z.enum(READS).optional(), // left out: whole
    hotFrequency: z.number().min(0).max(1).optional(), // who fires for more of the tokens is hot; 1: nobody
    eviction: eviction.optional(), // of the neuron cache; llmflash's is the window
    cacheNeurons: z.int().min(1).max(1_000_000_000).optional(), // at most; left out: as many as memory allows
    verifyReads: z.boolean().optional(), // every bundle is compared with its checksum
    timelineEvery: z.int().min(0).max(1_000_000).optional(), // tokens; 0: what threads do is not recorded
    patience: z.number().min(0.1).max(3600).optional(), // seconds without an answer after which flash has failed
    queueDepth: z.int().min(1).max(64).optional(), // reads under way at most; left out: as the planner says
    ioCore: z.union([z.int().min(0).max(MAX_CORE), z.literal("any")]).optional(), // left out: as the planner says
    level: shortName.optional(), // instruction-set level of the llama.cpp build
    memory: z.int().min(MIN_MEMORY_BYTES).optional(), // budget in bytes for everything the engine holds
    enforce: enforcement.default("auto"), // from outside of the engine
    coldCache: z.boolean().default(false), // before the model is loaded
    mmap: z.boolean().default(true), // llama.cpp only, as the next two
    repack: z.boolean().default(true),
    flashAttention: z.boolean().default(true),
  })
  .refine((r) => [r.prompt, r.promptTokens, r.promptRandom].filter((p) => p !== undefined).length === 1, {
    message: "needs exactly one of a prompt's text, prompt tokens, or a number of random prompt tokens",
    path: ["prompt"],
  })
  .refine((r) => r.cores === undefined || r.threads === undefined || r.cores.length === r.threads, {
    message: "must name one core per thread",
    path: ["cores"],
  })
  .refine((r) => r.memory !== undefined || !["cgroup", "balloon"].includes(r.enforce), {
    message: "needs a memory budget",
    path: ["enforce"],
  })
  .refine((r) => r.reads !== "two-phase" || !r.off?.includes("bundle"), {
    message: "needs bundles",
    path: ["reads"],
  })
  .superRefine((r, context) => {
    const asked = STREAM_OPTIONS.find((key) => r[key] !== undefined);
    if (r.packed === false && asked !== undefined) {
      context.addIssue({ code: "custom", path: [asked], message: "is an option of packs" });
    }
  })
  .superRefine((r, context) => {
    for (const [key, idle] of Object.entries({ ...PHONON, ...LLAMA })) {
      if (key in OWN[r.engine] || r[key as keyof typeof r] === idle) continue;
      context.addIssue({ code: "custom", path: [key], message: `is not an option of engine ${r.engine}` });
    }
  });

type EngineOption = keyof typeof PHONON | keyof typeof LLAMA;
const ENGINE_OPTIONS: readonly string[] = Object.keys({ ...PHONON, ...LLAMA });

const keep = (run: object, wanted: (key: string) => boolean): object =>
  Object.fromEntries(Object.entries(run).filter(([key]) => wanted(key)));

/** A request or configuration without what not every engine has. */
export const commonOptions = <T extends object>(run: T): Omit<T, EngineOption> =>
  keep(run, (key) => !ENGINE_OPTIONS.includes(key)) as Omit<T, EngineOption>;

/** What of it not every engine has: of `engine`'s own, or all. */
export const engineOptions = <T extends object>(
  run: T,
  engine?: RunConfig["engine"],
): Pick<T, EngineOption & keyof T> => {
  const keys = engine ? Object.keys(OWN[engine]) : ENGINE_OPTIONS;
  return keep(run, (key) => keys.includes(key)) as Pick<T, EngineOption & keyof T>;
};

/** As callers write it: what has a default may be left out. */
export type RunRequest = z.input<typeof runRequestSchema>;
/** As it is carried out and kept in run.json: every default filled in. */
export type RunConfig = z.output<typeof runRequestSchema>;

export { runSummarySchema, type RunStatus, type RunSummary } from "../store/run-summary.js";
