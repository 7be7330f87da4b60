/** Options that `run`, `compare` and `perplexity` share, and what they come to. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { Option, type Command } from "commander";
import { messageOf, PhononError } from "../base/errors.js";
import {
  ACTIVATIONS,
  ENFORCEMENTS,
  EVICTIONS,
  MIN_MEMORY_BYTES,
  READS,
  STAGES,
  type RunRequest,
} from "../runs/config.js";
import { LEAST_TIMED_TOKENS } from "../runs/decode-limit.js";
import { byteSize, collect, coreList, decimal, integer, oneOf } from "./values.js";

/** Of later issues: refused by name, so that nobody believes they had an effect. */
const LATER = [
  ["--best-of <n>", "several answers at once"],
  ["--accelerator <name>", "where dense clusters run"],
  ["--kernels <kind>", "lookup-table kernels"],
] as const;

export interface LoadOptions {
  target: string;
  model: string;
  threads?: number;
  cores?: number[];
  context?: number;
  batch?: number;
  memory?: number;
  enforce?: (typeof ENFORCEMENTS)[number];
  coldCache?: true;
  level?: string;
  activation?: (typeof ACTIVATIONS)[number];
  packed?: boolean;
  off?: (typeof STAGES)[number][];
  reads?: (typeof READS)[number];
  hotFrequency?: number;
  eviction?: (typeof EVICTIONS)[number];
  cacheNeurons?: number;
  verifyReads?: true;
  patience?: number;
  queueDepth?: number;
  ioCore?: number | "any" | "auto";
  timeline?: number;
  isa?: string;
  mmap: boolean;
  repack: boolean;
  flashAttention: boolean;
}

export interface PromptOptions {
  prompt?: string;
  promptFile?: string;
  promptTokens?: number;
  tokens: number;
  seconds?: number;
  seed: number;
  greedy?: true;
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repeatPenalty?: number;
  stop?: string[];
  ignoreEnd?: true;
  forceTokens?: number;
}

export const DEFAULT_PROMPT = "Once upon a time";

const MEMORY = new Option("--memory <size>", "budget for everything the engine holds, as in 3000M or 4G").argParser(
  byteSize(MIN_MEMORY_BYTES),
);

/** `memory`: the option that says what budgets there are. */
export function addLoadOptions(command: Command, memory = MEMORY): Command {
  for (const [flags, description] of LATER) {
    const option = new Option(flags, description).hideHelp().argParser(() => {
      throw new PhononError("bad_request", `${flags.split(" ")[0] ?? ""} is not available yet.`);
    });
    command.addOption(option);
  }
  return command
    .option("--target <id>", 'where to run: "local", or "adb:SERIAL" as "phonon devices" lists it', "local")
    .option("--model <file>", 'a GGUF file, or "story" for the built-in model', "story")
    .option("--threads <n>", "compute threads (default: one per core of the fastest kind)", integer(1, 256))
    .option("--cores <list>", "cores to pin the threads to, as in 0,2,4-7", coreList)
    .option("--context <n>", "tokens of KV cache (default: the model's own, at most 4096)", integer(1, 16_777_216))
    .addOption(memory)
    .option(
      "--enforce <how>",
      `how --memory is enforced from outside: ${ENFORCEMENTS.join(", ")} (default: auto; measure: no limit, only the peak)`,
      oneOf(ENFORCEMENTS),
    )
    .option("--cold-cache", "empty the page cache before the model is loaded")
    .option("--batch <n>", "tokens evaluated together in prefill (default: 512)", integer(1, 65_536))
    .option(
      "--activation <name>",
      `phonon: the FFN's activation, over the model's metadata (${ACTIVATIONS.join(", ")})`,
      oneOf(ACTIVATIONS),
    )
    .option("--packed", "phonon: stream neurons from a pack on flash, which is made where there is none")
    .option("--no-packed", "phonon: run from memory, also where --memory would stream from a pack")
    .option("--off <stages>", `phonon, streaming: leave out ${STAGES.join(", ")}; several with commas`, stageList)
    .option("--reads <how>", `phonon, streaming: of a neuron: ${READS.join(" or ")} (Gate first)`, oneOf(READS))
    .option(
      "--hot-frequency <x>",
      "phonon, streaming: neurons that fire for more than this share of tokens are read and evicted by the cluster (default: as planned; 1: none)",
      decimal(0, 1),
    )
    .option("--eviction <name>", `phonon, streaming: of the neuron cache: ${EVICTIONS.join(" or ")}`, oneOf(EVICTIONS))
    .option("--cache-neurons <n>", "phonon, streaming: at most so many in the cache", integer(1, 1_000_000_000))
    .option("--verify-reads", "phonon, streaming: compare what is read with its checksum")
    .option(
      "--patience <seconds>",
      "phonon, streaming: fail when flash does not answer for so long",
      decimal(0.1, 3600),
    )
    .option(
      "--queue-depth <n>",
      "streaming: reads under way at most (default: as planned for a measured target, else 64)",
      integer(1, 64),
    )
    .option(
      "--io-core <n>",
      "streaming: core of the I/O thread, any, or auto (default: auto, as `phonon plan` says of a measured target)",
      ioCore,
    )
    .option(
      "--timeline <n>",
      "streaming: record what threads do in every nth token and the slowest (default: 32; 0: never)",
      integer(0, 1_000_000),
    )
    .option("--isa <name>", "phonon: instruction-set level of its kernels (default: the best there is)")
    .option("--level <name>", "llama.cpp: instruction-set level of its build (default: the best there is)")
    .option("--no-mmap", "llama.cpp: read the file instead of mapping it")
    .option("--no-repack", "llama.cpp: do not rearrange weights")
    .option("--no-flash-attention", "llama.cpp: without its fused attention");
}

export function addPromptOptions(command: Command): Command {
  return command
    .option("--prompt <text>", `what to continue (default: "${DEFAULT_PROMPT}")`)
    .option("--prompt-file <file>", 'takes the prompt from a file ("-": standard input)')
    .option("--prompt-tokens <n>", "takes n pseudo-random tokens as prompt", integer(1, 100_000))
    .option("--tokens <n>", "tokens to generate, at most", integer(1, 1_000_000), 128)
    .option(
      "--seconds <n>",
      `ends decoding after so long, though not before ${LEAST_TIMED_TOKENS} tokens`,
      decimal(0.1, 86_400),
    )
    .option("--seed <n>", "seed of sampling and of random prompts", integer(0), 0)
    .option("--greedy", "always take the likeliest token")
    .option("--temperature <x>", "spread of sampling (default: 0.8)", decimal(0, 100))
    .option("--top-k <n>", "sample from the n likeliest tokens (default: 40; 0: all)", integer(0, 1_000_000))
    .option("--top-p <x>", "sample from the likeliest tokens of this total (default: 0.95)", decimal(0, 1))
    .option("--min-p <x>", "leave out tokens below this share of the likeliest (default: 0.05)", decimal(0, 1))
    .option("--repeat-penalty <x>", "makes what was said less likely (default: 1: off)", decimal(0, 100))
    .option("--stop <text>", "ends the run where this text appears; may be given several times", collect)
    .option("--ignore-end", "goes on after the model's end token")
    .option("--force-tokens <seed>", "feeds a seeded random token stream instead of what was sampled", integer(0));
}

/** "bundle,cache" */
function stageList(text: string): (typeof STAGES)[number][] {
  const stages = text.split(",").map((name) => oneOf(STAGES, ["npu"])(name.trim()));
  return [...new Set(stages)];
}

const ioCore = (text: string): number | "any" | "auto" =>
  text === "any" || text === "auto" ? text : integer(0, 1023)(text);

/** Leaves out what was not given, so that the request's own defaults hold. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

export function loadPart(options: LoadOptions): Omit<RunRequest, "engine"> {
  const { target, model, threads, cores, context, batch, level, activation, isa, mmap, repack, flashAttention } =
    options;
  const { memory, enforce, coldCache, packed, off, reads, hotFrequency } = options;
  const { eviction, cacheNeurons, verifyReads, patience, queueDepth, timeline, ioCore: core } = options;
  const chosen = given({
    ...{ threads, cores, context, batch, level, activation, kernels: isa, memory, enforce, coldCache },
    ...{ packed, off, reads, hotFrequency, eviction, cacheNeurons, verifyReads, patience, queueDepth },
    ...{ timelineEvery: timeline },
    ioCore: core === "auto" ? undefined : core,
  });
  return { target, model, ...chosen, mmap, repack, flashAttention };
}

export async function promptPart(options: PromptOptions): Promise<Omit<RunRequest, "engine">> {
  const { tokens, seconds, seed, greedy = false, stop, ignoreEnd = false, forceTokens } = options;
  const { temperature, topK, topP, minP, repeatPenalty } = options;
  return {
    ...(await promptOf(options)),
    tokens,
    seed,
    greedy,
    ignoreEnd,
    ...given({ stop, forceTokens, seconds }),
    sampler: given({ temperature, topK, topP, minP, repeatPenalty }),
  };
}

async function promptOf({
  prompt,
  promptFile,
  promptTokens,
}: PromptOptions): Promise<Pick<RunRequest, "prompt" | "promptRandom">> {
  if ([prompt, promptFile, promptTokens].filter((p) => p !== undefined).length > 1) {
    throw new PhononError("bad_request", "give only one of --prompt, --prompt-file and --prompt-tokens.");
  }
  if (promptTokens !== undefined) return { promptRandom: promptTokens };
  return { prompt: promptFile === undefined ? (prompt ?? DEFAULT_PROMPT) : await readPrompt(promptFile) };
}

async function readPrompt(file: string): Promise<string> {
  try {
    const content = await (file === "-" ? buffer(process.stdin) : readFile(file));
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (error) {
    throw new PhononError("bad_request", `--prompt-file: ${file} cannot be read as UTF-8 text: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
