import { Option, type Command } from "commander";
import { PhononError } from "../base/errors.js";
import type { RunSummary } from "../runs/config.js";
import { startRun } from "../runs/execute.js";
import { runLlamaBench } from "../runs/llama-bench.js";
import { ENGINES } from "../runs/config.js";
import type { EngineName } from "../targets/target.js";
import { eventProgress } from "./event-progress.js";
import type { CommandContext } from "./context.js";
import { summaryTable } from "./report.js";
import {
  addLoadOptions,
  addPromptOptions,
  loadPart,
  promptPart,
  type LoadOptions,
  type PromptOptions,
} from "./run-options.js";
import { integer, oneOf } from "./values.js";

interface RunOptions extends LoadOptions, PromptOptions {
  engine?: EngineName;
  llamaBench?: string;
  repetitions?: number;
  json?: true;
}

export function addRun(program: Command, context: CommandContext): void {
  const command = program.command("run").description("run a model once; its text goes to standard output as it comes");
  addLoadOptions(command).addOption(
    new Option("--engine <name>", `${ENGINES.join(", ")} (default: phonon)`).argParser(oneOf(ENGINES)),
  );
  addPromptOptions(command)
    .option("--llama-bench <program>", "run your own llama-bench on this computer instead, and keep what it measures")
    .option("--repetitions <n>", "of each test, with --llama-bench (default: 5)", integer(1, 1000))
    .option("--json", "print one JSON object")
    .action(async (options: RunOptions) => {
      const summary = await (options.llamaBench === undefined ? run(options, context) : bench(options, context));
      conclude(summary, options, context);
    });
}

async function run(options: RunOptions, { terminal, signal }: CommandContext): Promise<RunSummary> {
  if (options.repetitions !== undefined) throw new PhononError("bad_request", "--repetitions goes with --llama-bench.");
  const request = { ...loadPart(options), ...(await promptPart(options)), engine: options.engine ?? "phonon" };
  const handle = await startRun(request, {
    signal,
    onProgress: (progress) => terminal.progress(progress),
    onEvent: (event) => {
      const progress = options.json || event.kind === "prefill" ? eventProgress(event, options.tokens) : null;
      if (progress) terminal.progress(progress);
      if (options.json) return;
      if (event.kind === "token") terminal.text(event.text);
      if (event.kind === "ended") terminal.text(event.text_tail);
    },
  });
  return handle.done;
}

const NOT_FOR_BENCH = [
  "engine",
  "prompt",
  "promptFile",
  "cores",
  "context",
  "greedy",
  "stop",
  "forceTokens",
  "seconds",
  "level",
  "memory",
  "enforce",
  "coldCache",
  "packed",
  "off",
  "reads",
  "hotFrequency",
  "eviction",
  "cacheNeurons",
  "verifyReads",
  "patience",
  "queueDepth",
] as const;

async function bench(options: RunOptions, { terminal, signal }: CommandContext): Promise<RunSummary> {
  const idle = NOT_FOR_BENCH.find((name) => options[name] !== undefined);
  if (idle !== undefined) throw new PhononError("bad_request", `--llama-bench takes no ${idle}.`);
  terminal.say(`running ${options.llamaBench ?? ""} ...`);
  const { promptTokens, repetitions } = options;
  return runLlamaBench(
    {
      ...loadPart(options),
      tokens: options.tokens,
      ...(promptTokens !== undefined && { promptRandom: promptTokens }),
    },
    options.llamaBench ?? "",
    { signal, ...(repetitions !== undefined && { repetitions }) },
  );
}

function conclude(summary: RunSummary, { json }: RunOptions, context: CommandContext): void {
  const { terminal } = context;
  terminal.endText();
  terminal.clearProgress();
  for (const warning of summary.warnings) terminal.warn(warning);
  if (json) terminal.json(summary);
  else terminal.say(summaryTable(summary));
  if (summary.status !== "done") context.setFailed(`run ${summary.run_id}: ${summary.message ?? summary.status}`);
}
