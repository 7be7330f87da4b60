import { type Command, Option } from "commander";
import { synth } from "../runs/synth.js";
import type { CommandContext } from "./context.js";
import { bytes, duration } from "./units.js";
import { decimal, integer } from "./values.js";

const DIMENSIONS = {
  layers: "layers",
  embedding: "width of the residual stream",
  ffn: "FFN neurons per layer (per expert)",
  heads: "attention heads",
  "kv-heads": "heads for keys and values",
  "head-dim": "width of a head",
  vocabulary: "tokens of the vocabulary",
  context: "tokens it is meant for",
  experts: "experts per layer",
  "experts-used": "experts used per token",
} as const;

export function addSynth(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command("synth")
    .description("write a GGUF with random weights of a real model's shape")
    .option("--shape <name>", "mistral-7b, llama-3.2-1b, qwen2-7b, smallthinker-4b or tiny; else give the dimensions")
    .requiredOption("--quant <type>", "F32, F16, BF16, Q8_0, Q4_0, Q4_K or Q6_K")
    .requiredOption("--out <file>", "the file to write")
    .option("--force", "replace a file that is there")
    .option(
      "--sparsity <x>",
      "share of the neurons that do not fire (with SiLU, of the gates that are negative)",
      decimal(0, 1),
    )
    .addOption(
      new Option(
        "--skew <name>",
        "how unequally neurons fire, and when: bamboo (tokens overlap) or independent",
      ).choices(["none", "bamboo", "independent"]),
    )
    .option("--activation <name>", "silu, relu, drelu or relu2")
    .option("--seed <n>", "of the weights", integer(0))
    .option("--threads <n>", "that make weights (default: all cores)", integer(1, 256))
    .option("--architecture <name>", "smallthinker, llama or qwen2");
  for (const [name, description] of Object.entries(DIMENSIONS)) {
    command.option(`--${name} <n>`, description, integer(1, 2 ** 31 - 1));
  }
  command.option("--json", "print one JSON object").action(async () => {
    const { out, force, json, ...chosen } = command.opts<Record<string, string | number | boolean>>();
    const options = Object.fromEntries(Object.entries(chosen).map(([key, value]) => [dashed(key), value]));
    const written = await synth(
      { out: String(out), force: force === true, options },
      { signal: context.signal, onProgress: (p) => terminal.progress(p) },
    );
    terminal.clearProgress();
    if (json) {
      terminal.json(written);
      return;
    }
    const { ms } = written;
    const speed = ms > 0 ? `, ${bytes((written.bytes * 1000) / ms)}/s` : "";
    terminal.text(
      `${written.path}: ${written.architecture} ${written.quantisation}, ${written.tensors} tensors, ` +
        `${bytes(written.bytes)} in ${duration(ms / 1000)}${speed}\n`,
    );
  });
}

/** commander's camelCase back to the option's own name */
const dashed = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
