import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError, type Command } from "commander";
import { compare } from "../runs/compare.js";
import { ENGINES } from "../runs/config.js";
import type { EngineName } from "../targets/target.js";
import { eventProgress } from "./event-progress.js";
import type { CommandContext } from "./context.js";
import { comparisonTable } from "./report.js";
import {
  addLoadOptions,
  addPromptOptions,
  loadPart,
  promptPart,
  type LoadOptions,
  type PromptOptions,
} from "./run-options.js";
import { speed } from "./units.js";
import { decimal, integer, oneOf } from "./values.js";

interface CompareOptions extends LoadOptions, PromptOptions {
  engines: EngineName[];
  rounds: number;
  pause?: number;
  json?: true;
}

function engineList(text: string): EngineName[] {
  const engines = text.split(",").map(oneOf(ENGINES));
  if (engines.length < 2 || new Set(engines).size < engines.length) {
    throw new InvalidArgumentError("It must name at least two engines, each once.");
  }
  return engines;
}

export function addCompare(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command("compare")
    .description("run engines alternately on the same tokens and say which is faster")
    .option("--engines <a,b>", `the engines, of ${ENGINES.join(", ")}`, engineList, ["phonon", "llama.cpp"])
    .option("--rounds <n>", "runs of each engine; six or more make a verdict firm", integer(1, 1000), 6)
    .option("--pause <seconds>", "wait before every run, to let the target cool", decimal(0, 3600));
  addPromptOptions(addLoadOptions(command))
    .option("--json", "print one JSON object")
    .action(async ({ engines, rounds, pause = 0, json, ...options }: CompareOptions) => {
      const comparison = await compare(
        { engines, rounds, run: { ...loadPart(options), ...(await promptPart(options)) } },
        {
          signal: context.signal,
          onProgress: (progress) => terminal.progress(progress),
          onEvent: (event) => {
            const progress = eventProgress(event, options.tokens);
            if (progress) terminal.progress(progress);
          },
          onRound: (round, all, s) =>
            terminal.say(
              `round ${round + 1} of ${all}: ${s.engine}: decode ${speed(s.decode_tps)}, prefill ${speed(s.prefill_tps)}`,
            ),
          coolDown: (stop) => sleep(pause * 1000, undefined, { signal: stop }),
        },
      );
      terminal.clearProgress();
      for (const warning of comparison.warnings) terminal.warn(warning);
      if (json) terminal.json(comparison);
      else terminal.text(`${comparisonTable(comparison)}\n`);
    });
}
