import type { Command } from "commander";
import { ACTIVATIONS, EVICTIONS, MIN_MEMORY_BYTES } from "../runs/config.js";
import { planRun, type PlanQuery } from "../runs/plan.js";
import type { CommandContext } from "./context.js";
import { describePlan } from "./plan-report.js";
import { byteSize, integer, oneOf } from "./values.js";

interface PlanOptions extends Omit<PlanQuery, "model" | "promptTokens"> {
  prompt?: number;
  json?: true;
}

export function addPlan(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command("plan")
    .description("say how a model would be run in less memory than it needs, and how fast; nothing is started")
    .argument("<model>", 'a GGUF file, or "story" for the built-in model')
    .option(
      "--target <id>",
      "local, or adb:SERIAL as `phonon devices` names it; measured before by `phonon probe`",
      "local",
    )
    .option(
      "--memory <bytes>",
      "for everything, as in 512M or 3G (default: what the target had available)",
      byteSize(MIN_MEMORY_BYTES),
    )
    .option("--context <tokens>", "of KV cache (default: the model's own, at most 4096)", integer(1, 16_777_216))
    .option("--threads <n>", "that compute (default: one on each core of the fastest class)", integer(1, 256))
    .option("--prompt <tokens>", "how long the prompt is (default: 128)", integer(1, 16_777_216))
    .option("--batch <tokens>", "of a prompt that are evaluated together (default: 512)", integer(1, 8192))
    .option("--eviction <name>", `of the neuron cache: ${EVICTIONS.join(", ")} (default: heat)`, oneOf(EVICTIONS))
    .option("--cache-neurons <n>", "at most so many in the cache", integer(1, 1_000_000_000))
    .option("--activation <name>", `over the model's metadata (${ACTIVATIONS.join(", ")})`, oneOf(ACTIVATIONS))
    .option("--json", "print one JSON object")
    .action(async (model: string, { json, prompt, ...query }: PlanOptions) => {
      const planned = await planRun(
        { model, ...query, promptTokens: prompt },
        { signal: context.signal, hash: true, onProgress: (progress) => terminal.progress(progress) },
      );
      terminal.clearProgress();
      const { plan, measuredAt, ...facts } = planned;
      if (json) terminal.json({ ...facts, measured_at: measuredAt, ...plan });
      else terminal.text(`${describePlan(planned)}\n`);
    });
}
