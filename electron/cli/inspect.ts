import type { Command } from "commander";
import { inspectFile, resolveModel, type Inspection } from "../models/index.js";
import type { CommandContext } from "./context.js";
import { bytes, table } from "./units.js";

export function addInspect(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command("inspect")
    .description("say what a model file holds")
    .argument("<file>", 'a GGUF file, or "story" for the built-in model')
    .option("--json", "print one JSON object")
    .action(async (file: string, { json }: { json?: true }) => {
      const inspection = await inspectFile(resolveModel(file), { signal: context.signal });
      if (json) terminal.json(inspection);
      else terminal.text(`${describe(inspection)}\n`);
    });
}

function describe(m: Inspection): string {
  const experts = m.experts > 1 ? `, ${m.experts} experts of which ${m.experts_used} are used` : "";
  const facts = table([
    ["name", m.name],
    ["architecture", m.architecture],
    ["parameters", m.parameters.toLocaleString("en")],
    ["quantisation", m.quants.map((q) => `${q.type} (${q.tensors} tensors, ${bytes(q.bytes)})`).join(", ")],
    ["file", bytes(m.file_bytes)],
    ["layers", `${m.layers}, ${m.embedding} wide`],
    ["attention", `${m.heads} heads of ${m.head_dim}, ${m.kv_heads} for keys and values`],
    ["FFN", `${m.ffn} neurons, ${m.activation}${experts}`],
    ["vocabulary", `${m.vocabulary} tokens`],
    ["context", `${m.context} tokens`],
    ["tensors", String(m.tensors)],
  ]);
  const metadata = table(Object.entries(m.metadata).map(([key, value]) => [`  ${key}`, JSON.stringify(value)]));
  const more = m.metadata_keys - Object.keys(m.metadata).length;
  return `${facts}\nmetadata\n${metadata}${more > 0 ? `\n  and ${more} keys more` : ""}`;
}
