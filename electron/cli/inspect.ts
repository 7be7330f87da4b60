import type { Command } from "commander";
import { inspectFile, resolveModel, type Inspection } from "../models/index.js";
import type { CommandContext } from "./context.js";
import { bytes, count, table } from "./units.js";

export function addInspect(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command("inspect")
    .description("say what a model file or a pack holds")
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
  const version = m.metadata["phonon.pack.version"];
  const facts = table([
    ["name", m.name],
    ["architecture", m.architecture],
    ["parameters", m.parameters.toLocaleString("en")],
    ["quantisation", m.quants.map((q) => `${q.type} (${q.tensors} tensors, ${bytes(q.bytes)})`).join(", ")],
    ["file", version === undefined ? bytes(m.file_bytes) : `${bytes(m.file_bytes)}, ${pack(version, m)}`],
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

/** A pack is a GGUF whose FFNs are neurons in order of hotness. */
function pack(version: unknown, { metadata }: Inspection): string {
  const tokens = metadata["phonon.pack.profiled_tokens"];
  const profile = typeof tokens === "number" ? `, profiled with ${count(tokens)} tokens` : "";
  const requantised = metadata["phonon.pack.requantised"];
  const anew = typeof requantised === "string" ? `, requantised (${requantised})` : "";
  const kl = metadata["phonon.pack.kl_mean"];
  const quality = typeof kl === "number" ? `, ${kl.toPrecision(3)} nats a token from its model` : "";
  return `a pack (version ${String(version)}${profile}${anew}${quality})`;
}
