import { Option, type Command } from "commander";
import { ablate, RUNGS } from "../runs/ablate.js";
import { LEAST_TIMED_TOKENS } from "../runs/decode-limit.js";
import { DEFAULT_STUDY_SECONDS } from "../runs/study.js";
import { MIN_MEMORY_BYTES } from "../runs/config.js";
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
import { ablationTable } from "./study-report.js";
import { byteSize, integer } from "./values.js";

interface AblateOptions extends LoadOptions, PromptOptions {
  rounds: number;
  json?: true;
}

export function addAblate(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command("ablate")
    .description(
      "climb the ladder in one budget: llama.cpp, streaming without bundle, cache and pipeline, then each of them added. " +
        `Every run starts cold, and decodes for at most --seconds (default: ${DEFAULT_STUDY_SECONDS}), ` +
        `though not less than ${LEAST_TIMED_TOKENS} tokens`,
    )
    .option("--rounds <n>", "runs of each rung; six or more make a verdict firm", integer(1, 1000), 6);
  const memory = new Option("--memory <size>", "budget of every rung, as in 3000M")
    .argParser(byteSize(MIN_MEMORY_BYTES))
    .makeOptionMandatory();
  addPromptOptions(addLoadOptions(command, memory))
    .option("--json", "print one JSON object")
    .action(async ({ rounds, json, ...options }: AblateOptions) => {
      const names = RUNGS.map(({ name }) => name);
      const { study, file } = await ablate(
        { rounds, run: { ...loadPart(options), ...(await promptPart(options)) } },
        studyHooks(names, rounds, context),
      );
      terminal.clearProgress();
      for (const warning of study.warnings) terminal.warn(warning);
      if (json) terminal.json({ ...study, file });
      else terminal.text(`${ablationTable(study)}\nkept in ${file}\n`);
    });
}
