import { Option, type Command } from "commander";
import { perplexity, type PerplexityResult } from "../runs/perplexity.js";
import { ENGINES } from "../runs/config.js";
import type { EngineName } from "../targets/target.js";
import { step } from "./event-progress.js";
import type { CommandContext } from "./context.js";
import { addLoadOptions, loadPart, type LoadOptions } from "./run-options.js";
import { table } from "./units.js";
import { oneOf } from "./values.js";

interface PerplexityOptions extends LoadOptions {
  engine: EngineName;
  text: string;
  against?: EngineName;
  json?: true;
}

export function addPerplexity(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program.command("perplexity").description("measure how well an engine predicts a text");
  addLoadOptions(command)
    .addOption(new Option("--engine <name>", ENGINES.join(", ")).argParser(oneOf(ENGINES)).default("phonon"))
    .requiredOption("--text <file>", "the text, UTF-8")
    .option("--against <engine>", "also give the distance of its predictions from this engine's", oneOf(ENGINES))
    .option("--json", "print one JSON object")
    .action(async ({ engine, text, against, json, ...options }: PerplexityOptions) => {
      const result = await perplexity(
        { run: { ...loadPart(options), engine }, textFile: text, against },
        {
          signal: context.signal,
          onProgress: (progress) => terminal.progress(progress),
          onScore: ({ done, total, t_ms }) => terminal.progress(step("scoring", done, total, t_ms)),
        },
      );
      terminal.clearProgress();
      for (const warning of result.warnings) terminal.warn(warning);
      if (json) terminal.json(result);
      else terminal.text(`${describe(result)}\n`);
    });
}

function describe(r: PerplexityResult): string {
  const rows = [
    ["perplexity", `${r.perplexity.toFixed(4)} (${r.engine}, ${r.tokens} tokens, ${r.nll.toFixed(4)} nats per token)`],
  ];
  if (r.against) rows.push(["against", `${r.against.engine}: perplexity ${r.against.perplexity.toFixed(4)}`]);
  if (r.kl_mean !== undefined && r.kl_mean !== null)
    rows.push(["KL divergence", `${r.kl_mean.toExponential(2)} nats per token`]);
  if (r.top1_agreement !== undefined && r.top1_agreement !== null) {
    rows.push(["same best token", `${(100 * r.top1_agreement).toFixed(2)} % of the positions`]);
  }
  return table(rows);
}
