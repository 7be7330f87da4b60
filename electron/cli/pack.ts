import type { Command } from "commander";
import { ACTIVATIONS, PREDICTORS } from "../runs/config.js";
import { describeOptions, pack, type PackRequest, type PackResult } from "../runs/pack.js";
import type { PackRecord } from "../store/index.js";
import type { PackedPredictor } from "../agent/messages.js";
import type { CommandContext } from "./context.js";
import { bytes, count, duration, percent, plain, table } from "./units.js";
import { decimal, integer, oneOf } from "./values.js";

interface PackOptions extends Omit<PackRequest, "model"> {
  json?: true;
}

export function addPack(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command("pack")
    .description("prepare a model on a target for running from flash in less memory than it needs")
    .argument("<model>", 'a GGUF file, or "story" for the built-in model')
    .option("--target <id>", "local, or adb:SERIAL as `phonon devices` names it", "local")
    .option("--text <file>", "profile with this text, UTF-8 (default: what the model writes)")
    .option("--energy <share>", "of the activations, that the predictor keeps (default: 0.995)", decimal(0.5, 1))
    .option(
      "--sparsity <share>",
      "of a SiLU model: this share of the activations, the smallest, counts as nothing (default: 0)",
      decimal(0, 0.95),
    )
    .option(
      "--activation <name>",
      `the FFN's activation, over the model's metadata (${ACTIVATIONS.join(", ")})`,
      oneOf(ACTIVATIONS),
    )
    .option(
      "--predictor <kind>",
      `of all layers (${PREDICTORS.join(", ")}; default: auto, for each layer the one that costs less)`,
      oneOf(PREDICTORS),
    )
    .option("--seed <n>", "of the text that the model writes (default: 1)", integer(0))
    .option("--force", "pack again although there is a pack")
    .option("--json", "print one JSON object")
    .action(async (model: string, { json, ...options }: PackOptions) => {
      let step = "";
      const result = await pack(
        { model, ...options },
        {
          signal: context.signal,
          onStep: ({ what }) => (step = plain(what)),
          onProgress: (p) => terminal.progress(p.phase === "packing" ? { ...p, phase: `packing, ${step}` } : p),
        },
      );
      terminal.clearProgress();
      for (const warning of result.warnings) terminal.warn(warning);
      if (json) terminal.json(toJson(result));
      else terminal.text(`${describe(result)}\n`);
    });
}

const toJson = ({ record, ...result }: PackResult) => ({
  ...result,
  bytes: record?.bytes ?? null,
  seconds: record?.seconds ?? null,
  profile: record?.profile ?? null,
  predictor: record?.predictor ?? null,
  options: record?.options ?? null,
});

function describe({ target, pack: path, made, record }: PackResult): string {
  const head = made ? "packed" : "is current; --force packs it again";
  return table([["pack", `${path} on ${target}, ${head}`], ...(record ? facts(record) : [])]);
}

function facts({ bytes: size, seconds, profile, predictor, options }: PackRecord): string[][] {
  const rate = seconds > 0 ? `, ${bytes(size / seconds)}/s` : "";
  return [
    ["size", `${bytes(size)}, packed in ${duration(seconds)}${rate}`],
    [
      "profile",
      `${count(profile.tokens)} tokens (${plain(profile.source)}), for each of which ${percent(profile.active)} of the neurons fire`,
    ],
    [
      "predictor",
      `lets ${percent(predictor.let_through)} of the neurons through: ${percent(predictor.recall)} of those that fire, ` +
        `${percent(predictor.energy)} of their energy`,
    ],
    ...(predictor.layers.length > 0 ? [["predictors", kinds(predictor.layers)]] : []),
    ["asked for", describeOptions(options)],
  ];
}

function kinds(layers: readonly PackedPredictor[]): string {
  const sum = (read: (layer: PackedPredictor) => number) => layers.reduce((all, layer) => all + read(layer), 0);
  const lowRank = layers.filter(({ kind }) => kind === "low-rank").length;
  const of = lowRank === 0 ? "of two bits" : `low-rank in ${count(lowRank)} of ${count(layers.length)} layers`;
  return `${of}, ${bytes(sum(({ bytes: size }) => size))} in all; a token foreseen to cost ${count(Math.round(sum(({ cost_us }) => cost_us)))} us of a core`;
}
