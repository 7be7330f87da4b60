import { InvalidArgumentError, Option, type Command } from "commander";
import { PhononError } from "../base/errors.js";
import { ENGINES, MIN_MEMORY_BYTES } from "../runs/config.js";
import { budgetsBetween, pointsOf, sweep } from "../runs/sweep.js";
import type { EngineName } from "../targets/target.js";
import type { CommandContext } from "./context.js";
import {
  addLoadOptions,
  addPromptOptions,
  loadPart,
  promptPart,
  type LoadOptions,
  type PromptOptions,
} from "./run-options.js";
import { studyHooks } from "./study-hooks.js";
import { sweepTable } from "./study-report.js";
import { budgetList, integer, oneOf } from "./values.js";

interface SweepOptions extends Omit<LoadOptions, "memory">, PromptOptions {
  memory: { between: boolean; sizes: number[] };
  steps?: number;
  rounds: number;
  with: EngineName[];
  json?: true;
}

const DEFAULT_STEPS = 5;

function otherEngines(text: string): EngineName[] {
  const engines = text.split(",").map(oneOf(ENGINES, ["llmflash"]));
  if (engines.includes("phonon") || new Set(engines).size < engines.length) {
    throw new InvalidArgumentError("It must name engines beside phonon, each once.");
  }
  return engines;
}

export function addSweep(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command("sweep")
    .description("run a model from its pack in one memory budget after the other")
    .option("--steps <n>", `budgets from the first to the last of a range (default: ${DEFAULT_STEPS})`, integer(2, 100))
    .option("--rounds <n>", "runs in each budget", integer(1, 1000), 3)
    .option("--with <engines>", "other engines in the same budgets, as in llama.cpp", otherEngines, []);
  const memory = new Option("--memory <sizes>", "the budgets: a range as in 2000M..4000M, or a list as in 2000M,3G")
    .argParser(budgetList(MIN_MEMORY_BYTES))
    .makeOptionMandatory();
  addPromptOptions(addLoadOptions(command, memory))
    .option("--json", "print one JSON object")
    .action(async ({ memory: { between, sizes }, steps, rounds, with: others, json, ...options }: SweepOptions) => {
      if (steps !== undefined && !between)
        throw new PhononError("bad_request", "--steps goes with a range of budgets.");
      const [first = 0, last = 0] = sizes;
      const budgets = between ? budgetsBetween(first, last, steps ?? DEFAULT_STEPS) : sizes;
      const engines: EngineName[] = ["phonon", ...others];
      const names = pointsOf(budgets, engines).map(({ name }) => name);
      const { study, file } = await sweep(
        { rounds, budgets, engines, run: { ...loadPart(options), ...(await promptPart(options)) } },
        studyHooks(names, rounds, context),
      );
      terminal.clearProgress();
      for (const warning of study.warnings) terminal.warn(warning);
      if (json) terminal.json({ ...study, file });
      else terminal.text(`${sweepTable(study)}\nkept in ${file}\n`);
    });
}
